import { InvalidOptions, type PolicyDocument } from '@causeway-aws/auth'
import * as v from 'valibot'
import { type EdgeResource, edge } from './edge.ts'
import { type PrefixResource, prefix } from './prefix.ts'
import { type ResourceKind, together } from './resource.ts'
import { type StreamResource, stream } from './stream.ts'
import { type TopicResource, topic } from './topic.ts'

/** What is granted. */
export type GrantedResource = EdgeResource | PrefixResource | StreamResource | TopicResource

/** Every kind. Rows of a table, IoT topics and portal services will each be one more. */
const kinds: { readonly [Kind in GrantedResource['kind']]: ResourceKind<Extract<GrantedResource, { kind: Kind }>> } = {
  edge,
  stream,
  prefix,
  topic,
}

export const resourceSchema: v.GenericSchema<unknown, GrantedResource> = v.union(
  [edge.schema, stream.schema, prefix.schema, topic.schema],
  'must be an edge, a stream, a prefix or a topic, with what belongs to it and nothing else',
)

/** The kind of a resource, which takes any resource of its own kind. */
export const kindOf = (resource: GrantedResource): ResourceKind<GrantedResource> =>
  kinds[resource.kind] as ResourceKind<GrantedResource>

/**
 * Exactly what has to be allowed for the actions.
 *
 * @throws {InvalidOptions} for an action that the kind does not know, or what is no such resource.
 */
export function permissionsOf(resource: GrantedResource, actions: readonly string[]): PolicyDocument {
  const { actions: known } = kindOf(resource)
  const documents = actions.map((action) => {
    const document = Object.hasOwn(known, action) ? known[action] : undefined
    if (document === undefined) {
      const those = Object.keys(known).join(' or ')
      throw new InvalidOptions(`grant: actions must be ${those} for a resource of the kind ${resource.kind}.`)
    }
    return document(resource)
  })
  return together(...documents)
}
