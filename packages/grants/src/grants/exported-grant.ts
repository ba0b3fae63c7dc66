import { arnParts, parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import { type Grant, isAsked } from './grant.ts'
import { GrantRefused } from './transitions.ts'

/**
 * A grant as whoever uses it needs it: the role, where its ExternalId is, and what is to be used by it. It holds no secret.
 */
export interface ExportedGrant {
  roleArn: string
  /** A reference as `secret` takes it, whose name says that it is an ExternalId. */
  externalIdFrom?: string | undefined
  /** What may be done: `send`, `receive`, `read`. */
  actions?: readonly string[] | undefined
  /** When it ends, in ISO 8601. Absent: never. */
  until?: string | undefined
  region?: string | undefined
  /** ARNs of an edge's queue and key. */
  queue?: string | undefined
  key?: string | undefined
  /** Where an edge keeps bodies that are too large for a message. */
  bodies?: { readonly bucket: string; readonly prefix: string } | undefined
  /** Name or ARN. */
  stream?: string | undefined
  bucket?: string | undefined
  prefix?: string | undefined
  cluster?: string | undefined
  brokers?: readonly string[] | undefined
  topic?: string | undefined
  group?: string | undefined
}

const text = v.pipe(v.string('must be a string'), v.nonEmpty('must not be empty'))

/**
 * Such a file may come from the partner, and what the reference leads to is sent to the partner's role, whose account has it in
 * its CloudTrail: `env:AWS_SECRET_ACCESS_KEY` would hand over a key. So its last name says what it is, or it is one of ours.
 */
const isOfExternalId = (reference: string): boolean =>
  /external[-_.]?id/i.test(reference.split(/[/\\:#]/).at(-1) ?? '') ||
  /^secret:(arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:)?causeway\/grants\/[0-9a-f]{16}(-\w+)?$/.test(reference)

const schema = v.strictObject({
  roleArn: v.pipe(
    v.string('must be a string'),
    v.regex(/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/, 'must be the ARN of a role'),
  ),
  externalIdFrom: v.optional(
    v.pipe(
      text,
      v.check(
        isOfExternalId,
        'must be a reference that says by its name that it is an ExternalId, such as env:ORDERS_EXTERNAL_ID: whatever it leads to is sent to the role',
      ),
    ),
  ),
  actions: v.optional(v.array(text)),
  until: v.optional(v.pipe(text, v.isoTimestamp('must be a time in UTC, such as 2027-01-01T00:00:00Z'))),
  region: v.optional(text),
  queue: v.optional(text),
  key: v.optional(text),
  bodies: v.optional(v.strictObject({ bucket: text, prefix: v.string('must be a string') })),
  stream: v.optional(text),
  bucket: v.optional(text),
  prefix: v.optional(v.string('must be a string')),
  cluster: v.optional(text),
  brokers: v.optional(v.array(text)),
  topic: v.optional(text),
  group: v.optional(text),
})

/**
 * Parses an exported grant.
 *
 * @param who Where it is from, for the sentence.
 * @throws {InvalidOptions} naming what is missing, unknown or wrong.
 *
 * @example
 * ```ts
 * import { assumedRole, secret } from '@causeway-aws/auth'
 * import { parseExportedGrant } from '@causeway-aws/grants'
 *
 * const { roleArn, externalIdFrom } = parseExportedGrant('GRANT', JSON.parse(process.env.GRANT ?? '{}'))
 * export const credentials = assumedRole({ roleArn, ...(externalIdFrom && { externalId: secret(externalIdFrom) }) })
 * ```
 */
export const parseExportedGrant = (who: string, content: unknown): ExportedGrant => parseOptions(who, schema, content)

/**
 * A grant as whoever uses it needs it: ours, of what we have asked for; the partner's, of what we give.
 *
 * @throws {GrantRefused} for one that was not accepted, since it has no role yet.
 */
export function exportedGrant(grant: Grant): ExportedGrant {
  const { id, roleArn, externalIdFrom, actions, until, principals, resource } = grant
  const role = isAsked(grant) ? roleArn : principals.find((arn) => arnParts(arn).resource.startsWith('role/'))
  if (role === undefined || (grant.state !== 'active' && grant.state !== 'accepting')) {
    throw new GrantRefused(id, grant.state, 'has no role yet. Accept it first.')
  }
  return {
    roleArn: role,
    ...(externalIdFrom && { externalIdFrom }),
    actions,
    ...(until && { until }),
    ...used(resource),
  }
}

function used(resource: Grant['resource']): Omit<ExportedGrant, 'actions' | 'roleArn' | 'until'> {
  switch (resource.kind) {
    case 'edge':
      return {
        region: arnParts(resource.queueArn).region,
        queue: resource.queueArn,
        key: resource.keyArn,
        ...(resource.bodies && { bodies: resource.bodies }),
      }
    case 'stream':
      return { region: arnParts(resource.streamArn).region, stream: resource.streamArn }
    case 'prefix':
      return { ...(resource.region && { region: resource.region }), bucket: resource.bucket, prefix: resource.prefix }
    case 'topic':
      return {
        region: arnParts(resource.clusterArn).region,
        cluster: resource.clusterArn,
        topic: resource.topic,
        group: resource.group,
      }
  }
}
