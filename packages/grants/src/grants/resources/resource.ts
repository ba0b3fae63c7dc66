import type { PolicyDocument } from '@causeway-aws/auth'
import type * as v from 'valibot'

/** One kind of what can be granted. A new kind is one more file, and its line in `resources/index.ts`. */
export interface ResourceKind<Resource> {
  readonly schema: v.GenericSchema<unknown, Resource>
  /** What may be done with it, and exactly what has to be allowed for that. Refuses what is no such resource. */
  readonly actions: Readonly<Record<string, (resource: Resource) => PolicyDocument>>
  /** Whether policies of the resource itself can name another account's roles. */
  readonly hasPolicy: boolean
  /** The account that it is of; undefined where its name does not say. */
  account(resource: Resource): string | undefined
  region(resource: Resource): string | undefined
  /** What it is, for people: `edge orders.fifo`. */
  describe(resource: Resource): string
}

/** Policies as one. */
export const together = (...documents: readonly PolicyDocument[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: documents.flatMap(({ Statement }) => Statement),
})
