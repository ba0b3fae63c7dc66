import * as v from 'valibot'
import { type Change, changeEntries } from '../versions/version.ts'
import { type GrantedResource, resourceSchema } from './resources/index.ts'
import type { StoredState } from './state.ts'

/** Where the policy of a resource lets the partner's roles in. */
export interface Placement {
  /** ARN of the queue, key or bucket. */
  arn: string
  /** The stack whose template has the statement; absent where the grant has written it. */
  stack?: string | undefined
}

/** How far an ExternalId is replaced: `offered`, there are two, and the old is used; `switched`, the new one is. */
export interface ExternalIdRotation {
  step: 'offered' | 'switched'
  /** The version of the secret that holds the new one. */
  version: string
  /** When that was, in ISO 8601. */
  since: string
}

/** What one account lets another do: one record, whichever of the two has it. */
export interface Grant {
  /** 16 hex digits. */
  id: string
  /** How often the record was written: 1 when it is new. */
  version: number
  name: string
  /** Ours, which keeps the record. */
  account: string
  partner: string
  /** The one of the two that has the resource. */
  owner: string
  resource: GrantedResource
  actions: readonly string[]
  /** The roles and users that use it: some of ours where it is the partner's, else the partner's. Empty: all of that account that its own policies let. */
  principals: readonly string[]
  /** When it ends, in ISO 8601, to the second. Absent: never. */
  until?: string | undefined
  state: StoredState
  /** Where the ExternalId is: a reference as `secret` takes it, never the value. */
  externalIdFrom?: string | undefined
  /** The partner's role that we assume. */
  roleArn?: string | undefined
  rotation?: ExternalIdRotation | undefined
  placed: readonly Placement[]
}

/** A version of a grant, and how it came to be. */
export interface GrantVersion extends Change {
  grant: Grant
}

const account = v.pipe(v.string(), v.regex(/^\d{12}$/, 'must be the 12 digits of an account'))
const time = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'must be a time in UTC, to the second'))

/** The id of a grant. */
const grantId: v.GenericSchema<string, string> = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/, 'must be 16 hex digits'))

/** A grant as it is read and as it is written. */
export const grantSchema: v.GenericSchema<unknown, Grant> = v.strictObject({
  id: grantId,
  version: v.pipe(v.number(), v.integer(), v.minValue(1)),
  name: v.pipe(v.string(), v.regex(/^[\w .-]{1,64}$/, 'must be 1 to 64 letters, digits, spaces and _ . -')),
  account,
  partner: account,
  owner: account,
  resource: resourceSchema,
  actions: v.pipe(v.array(v.string()), v.minLength(1, 'must be one or more')),
  principals: v.array(v.string()),
  until: v.optional(time),
  state: v.picklist(['created', 'accepting', 'active', 'revoking', 'revoked']),
  externalIdFrom: v.optional(v.pipe(v.string(), v.regex(/^secret:./, 'must be a reference: secret:ID'))),
  roleArn: v.optional(v.string()),
  rotation: v.optional(
    v.strictObject({ step: v.picklist(['offered', 'switched']), version: v.string(), since: v.string() }),
  ),
  placed: v.array(v.strictObject({ arn: v.string(), stack: v.optional(v.string()) })),
})

/** A version as it is read and as it is written. */
export const versionSchema: v.GenericSchema<unknown, GrantVersion> = v.strictObject({
  grant: grantSchema,
  ...changeEntries,
})

/** Whether we have asked the partner for it, or give it: the resource is the partner's, or ours. */
export const isAsked = ({ owner, partner }: Pick<Grant, 'owner' | 'partner'>): boolean => owner === partner
