import type { LargeBodies, TableRows } from '@causeway-aws/auth'
import * as v from 'valibot'
import { type Change, changeEntries } from '../versions/version.ts'

/** An edge of ours, and what an app does on it. */
export interface AppEdge {
  queueArn: string
  /** ARN of the key that encrypts it. */
  keyArn: string
  actions: readonly ('send' | 'receive')[]
}

/** Where an app keeps its audit: a bucket, the app's prefix in it with its slash, and the bucket's key. */
export type AppAudit = Pick<LargeBodies, 'bucket' | 'prefix' | 'keyArn'>

/** What an app uses of ours. */
export interface AppResources {
  edges: readonly AppEdge[]
  /** Where the bodies are that are too large for an edge's queue. */
  bodies: readonly LargeBodies[]
  audit?: AppAudit | undefined
  table?: TableRows | undefined
}

/**
 * `external`: all that it does, it does by credentials of the vendor. `cross-account`: it uses edges by a role of its own, and
 * all else by credentials of the vendor.
 */
export type AppKind = 'external' | 'cross-account'

/**
 * What a program is told that starts as the node of an app. An app has one node, of its own name, and each of its edges is an
 * edge of that node.
 */
export interface AppNode {
  /** Type of the messages that it receives. */
  receives?: string | undefined
  /** Type of the messages that it sends. */
  sends?: string | undefined
  /** What it is configured by. */
  configuration?: Readonly<Record<string, unknown>> | undefined
  /** It is to start, and neither to receive nor to send. */
  stopped?: boolean | undefined
}

/** Told to whom credentials are given, and how long they may last at most. */
export interface AppHolder {
  /** Who it is of: our name for the partner. */
  tenant: string
  kind: AppKind
  /** The partner's account; a `cross-account` app has one. */
  partner?: string | undefined
  /** Those users of the user pool that may ask for its credentials, each by its `sub`. */
  users: readonly string[]
  /** Longest session, in seconds: 900 to 43,200. */
  maxDuration: number
  node?: AppNode | undefined
}

/** Who may give an app its sessions, and what its role may never go beyond. */
export interface Vendor {
  /** ARN of the role that the vendor's function runs as. */
  roleArn: string
  /** The user pool that its users log in to, and the app client that they do it by. */
  userPoolId: string
  clientId: string
  /** ARN of the managed policy that bounds the roles of all apps, whatever their own policies say. */
  boundaryArn: string
}

/** An app to be, as it was asked for. */
export interface RequestedApp extends AppHolder, AppResources {
  app: string
  vendor: Vendor
}

/**
 * `changing`: its role does not follow its record yet, and it is given sessions by the record. `disabling` and `enabling`: no
 * credentials are given. Whoever does the same again goes on.
 */
export type AppState = 'active' | 'changing' | 'disabling' | 'disabled' | 'enabling'

/**
 * Whether an app is given credentials.
 *
 * @example
 * ```ts
 * import { type App, isServed } from '@causeway-aws/grants/apps'
 *
 * export const served = (apps: readonly App[]): App[] => apps.filter(isServed)
 * ```
 */
export const isServed = ({ state }: Pick<App, 'state'>): boolean => state === 'active' || state === 'changing'

/** A partner's registration with the credential vendor. */
export interface App extends AppHolder, AppResources {
  /** Its name, which is its id. */
  app: string
  /** How often the record was written: 1 when it is new. */
  version: number
  /** Ours, which keeps the record and has its role. */
  account: string
  /** The role whose sessions it is given, which is for it alone. Absent of an app that has nothing but edges, and uses them by its own. */
  roleArn?: string | undefined
  state: AppState
  vendor: Vendor
}

/** A version of an app, and how it came to be. */
export interface AppVersion extends Change {
  app: App
}

const account = v.pipe(v.string(), v.regex(/^\d{12}$/, 'must be the 12 digits of an account'))
const text = v.pipe(v.string(), v.nonEmpty('must not be empty'))
const messageType = v.pipe(
  v.string(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(256, 'must be 256 characters at most'),
)
const access = v.picklist(['send', 'receive'])

/** Shortest and longest session that STS gives, in seconds. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export const durationLimits: { readonly min: number; readonly max: number } = { min: 900, max: 43_200 }

/** The name of an app: its role and its sessions are called by it. */
export const appName: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be 1 to 32 lower case letters, digits and hyphens, and begin with a letter'),
)

const requestEntries = {
  app: appName,
  // A session tag and a part of CloudTrail's records: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
  tenant: v.pipe(
    v.string(),
    v.regex(/^[\w .:/=+@-]{1,64}$/, 'must be 1 to 64 letters, digits, spaces and _ . : / = + - @'),
  ),
  kind: v.picklist(['external', 'cross-account']),
  partner: v.optional(account),
  users: v.pipe(
    v.array(v.pipe(v.string(), v.regex(/^[\w-]{1,128}$/, 'must be the sub of a user'))),
    v.minLength(1, 'must name a user'),
  ),
  maxDuration: v.pipe(
    v.number(),
    v.integer('must be a whole number of seconds'),
    v.minValue(durationLimits.min, 'must be 900 to 43200 seconds'),
    v.maxValue(durationLimits.max, 'must be 900 to 43200 seconds'),
  ),
  node: v.optional(
    v.strictObject({
      receives: v.optional(messageType),
      sends: v.optional(messageType),
      configuration: v.optional(v.record(v.string(), v.unknown())),
      stopped: v.optional(v.boolean()),
    }),
  ),
  // The ARNs, buckets and prefixes are looked at by the policy builders that they are for.
  edges: v.array(
    v.strictObject({
      queueArn: text,
      keyArn: text,
      actions: v.pipe(v.array(access), v.minLength(1, 'must be send, receive or both')),
    }),
  ),
  bodies: v.array(v.strictObject({ bucket: text, prefix: text, keyArn: text, access })),
  audit: v.optional(v.strictObject({ bucket: text, prefix: text, keyArn: text })),
  table: v.optional(
    v.strictObject({ tableArn: text, partitionKeys: v.array(text), access: v.picklist(['read', 'write']) }),
  ),
} as const

const vendor = v.strictObject({
  roleArn: v.pipe(
    v.string(),
    v.regex(/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, "must be the ARN of the role of the vendor's function"),
  ),
  userPoolId: v.pipe(v.string(), v.regex(/^[a-z0-9-]+_[0-9a-zA-Z]+$/, 'must be the id of a user pool')),
  clientId: v.pipe(v.string(), v.regex(/^[\w+]{1,128}$/, 'must be the id of an app client')),
  boundaryArn: v.pipe(
    v.string(),
    v.regex(/^arn:aws[\w-]*:iam::\d{12}:policy\/[\w+=,.@/-]+$/, "must be the ARN of the vendor's boundary of roles"),
  ),
})

/** What whoever creates an app says. */
export const requestSchema: v.GenericSchema<unknown, RequestedApp> = v.strictObject({
  ...requestEntries,
  maxDuration: v.optional(requestEntries.maxDuration, 3_600),
  edges: v.optional(requestEntries.edges, []),
  bodies: v.optional(requestEntries.bodies, []),
  vendor,
})

/** What of an app can be changed; `null` takes away what it need not have. */
export interface AppChanges extends Partial<Pick<App, 'users' | 'maxDuration' | 'edges' | 'bodies' | 'vendor'>> {
  audit?: AppAudit | null | undefined
  table?: TableRows | null | undefined
  node?: AppNode | null | undefined
  /** Of a disabled app: it is given credentials again. What it had before stays denied. */
  state?: 'active' | undefined
}

/** What whoever changes an app says. */
export const changesSchema: v.GenericSchema<unknown, AppChanges> = v.strictObject({
  users: v.exactOptional(requestEntries.users),
  maxDuration: v.exactOptional(requestEntries.maxDuration),
  edges: v.exactOptional(requestEntries.edges),
  bodies: v.exactOptional(requestEntries.bodies),
  vendor: v.exactOptional(vendor),
  audit: v.nullish(requestEntries.audit.wrapped),
  table: v.nullish(requestEntries.table.wrapped),
  node: v.nullish(requestEntries.node.wrapped),
  state: v.optional(v.literal('active', 'must be active; `causeway app disable` ends an app')),
})

const appSchema: v.GenericSchema<unknown, App> = v.strictObject({
  ...requestEntries,
  version: v.pipe(v.number(), v.integer(), v.minValue(1)),
  account,
  roleArn: v.optional(text),
  state: v.picklist(['active', 'changing', 'disabling', 'disabled', 'enabling']),
  vendor,
})

/** A version as it is read and as it is written. */
export const versionSchema: v.GenericSchema<unknown, AppVersion> = v.strictObject({
  app: appSchema,
  ...changeEntries,
})
