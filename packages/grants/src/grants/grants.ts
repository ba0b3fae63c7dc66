import { type Clock, type OnWarning, parseOptions, secret, systemClock } from '@causeway-aws/auth'
import * as v from 'valibot'
import { type AcceptOptions, acceptGrant } from './accept.ts'
import { type ClientSettings, grantClients, type OnClient } from './clients.ts'
import type { Caller, GrantContext, GrantReport } from './context.ts'
import { createGrant, type GrantRequest } from './create.ts'
import { type ExportForm, exportGrant } from './export.ts'
import { type ExportedGrant, parseExportedGrant } from './exported-grant.ts'
import { externalIds } from './external-ids.ts'
import { policyLock } from './given/policy-lock.ts'
import type { Grant, GrantVersion } from './grant.ts'
import { type GrantTest, testExportedGrant, testGrant } from './grant-test.ts'
import { revokeGrant, revokePrincipals } from './revoke.ts'
import { type RevokeExpiredOptions, type RevokeExpiredSummary, revokeExpired } from './revoke-expired.ts'
import { type RotateOptions, rotateGrant } from './rotate.ts'
import { type GrantState, stateAt } from './state.ts'
import { grantStore } from './store.ts'

/** Where grants are kept, and as whom. */
export interface GrantsOptions {
  /** A table as `infra/grants.yaml` makes it: the keys `pk` and `sk`, strings. */
  table: string
  /** What every SDK client is made with. Default: all from the environment. */
  client?: ClientSettings
  /** Default: this machine's clocks. */
  clock?: Clock
  /** Told of each client that is made, and gives it back. */
  onClient?: OnClient
  /** Told when something is waited for. Default: nobody. */
  onWarning?: OnWarning
}

/** A grant, the state that it is in now, and who has last changed it. */
export interface GrantNow extends GrantVersion {
  state: GrantState
}

/** The grants of an account. All rejects with AWS's own errors where the caller may not do what it takes. */
export interface Grants {
  /** Rejects with {@link InvalidOptions} for what cannot be granted. */
  create(request: GrantRequest): Promise<Grant>
  get(id: string): Promise<GrantNow>
  list(): Promise<GrantNow[]>
  /** Every version, the first one first. */
  history(id: string): Promise<GrantVersion[]>
  /** What to hand on. Of what is asked for, template and policy hold the ExternalId: they belong into a file that only its owner reads. */
  export(id: string, form: ExportForm, options?: Pick<RotateOptions, 'heldFor'>): Promise<object>
  /** Rejects with {@link GrantDenied}, {@link RoleIsOpen} or {@link StackOwnsPolicy} for what cannot be accepted so. */
  accept(id: string, options?: AcceptOptions): Promise<GrantReport>
  rotate(id: string, options?: RotateOptions): Promise<GrantReport>
  /** Ends a grant; of what is ours with `roleArns`, only for those roles of the partner's. */
  revoke(id: string, options?: { roleArns?: readonly string[] }): Promise<GrantReport>
  /** Takes out what has ended, as a function does on a schedule. One that fails holds up no other, and is told of. */
  revokeExpired(options?: RevokeExpiredOptions): Promise<RevokeExpiredSummary>
  test(id: string): Promise<GrantTest>
  /** Tries what somebody was given, as whoever one is now; no table is asked. */
  testExported(grant: ExportedGrant): Promise<GrantTest>
}

const isObject = (candidate: unknown) => typeof candidate === 'object' && candidate !== null
const isFunction = (candidate: unknown) => typeof candidate === 'function'

const schema = v.strictObject({
  table: v.pipe(v.string('must be a string'), v.nonEmpty('must be the name of a table')),
  client: v.optional(v.custom<ClientSettings>(isObject, 'must be what a client is made with'), {}),
  clock: v.optional(v.custom<Clock>(isObject), systemClock),
  onClient: v.optional(
    v.custom<OnClient>(isFunction),
    () =>
      <Client>(client: Client) =>
        client,
  ),
  onWarning: v.optional(v.custom<OnWarning>(isFunction), () => () => {}),
})

/**
 * The grants of an account: what it lets partners do, and what partners let it do. Loads the SDK's clients when they are
 * first needed.
 *
 * @throws {InvalidOptions}
 *
 * @example
 * ```ts
 * import { createGrants } from '@causeway-aws/grants'
 *
 * const grants = createGrants({ table: 'causeway-grants' })
 * const grant = await grants.create({
 *   name: 'orders',
 *   partner: '222222222222',
 *   resource: { kind: 'stream', streamArn: 'arn:aws:kinesis:eu-west-1:222222222222:stream/orders' },
 *   actions: ['read'],
 *   until: new Date('2027-01-01'),
 * })
 * export const template = await grants.export(grant.id, 'template')
 * ```
 */
export function createGrants(options: GrantsOptions): Grants {
  const { table, client, clock, onClient, onWarning } = parseOptions('createGrants', schema, options)
  const clients = grantClients(client, onClient)
  let identity: Promise<Caller> | undefined
  const caller = () => {
    identity ??= identify(clients).catch((error: unknown) => {
      identity = undefined
      throw error
    })
    return identity
  }
  const context: GrantContext = {
    store: grantStore(table, clients.dynamodb),
    clients,
    externalIds: externalIds(clients.secrets),
    lock: policyLock(table, clients.dynamodb, { clock, onWarning, caller }),
    clock,
    caller,
  }
  const now = (version: GrantVersion): GrantNow => ({ ...version, state: stateAt(version.grant, clock.now()) })
  return {
    create: (request) => createGrant(context, request),
    get: async (id) => now(await context.store.get(id)),
    list: async () => (await context.store.list()).map(now),
    history: (id) => context.store.history(id),
    export: async (id, form, { heldFor = 300 } = {}) => exportGrant(context, id, form, { heldFor }),
    accept: (id, given = {}) => acceptGrant(context, id, given),
    rotate: (id, given = {}) => rotateGrant(context, id, given),
    revoke: (id, { roleArns } = {}) =>
      roleArns === undefined ? revokeGrant(context, id) : revokePrincipals(context, id, roleArns),
    revokeExpired: (given = {}) => revokeExpired(context, given),
    test: (id) => testGrant(context, id),
    async testExported(given) {
      const grant = parseExportedGrant('testExported', given)
      const { externalIdFrom } = grant
      if (externalIdFrom === undefined) return testExportedGrant(clients, grant, undefined)
      const found = secret(externalIdFrom, { clients: { secretsManager: await clients.secrets() } })
      return testExportedGrant(clients, grant, await found.value())
    },
  }
}

async function identify({ sts }: Pick<GrantContext['clients'], 'sts'>): Promise<Caller> {
  const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts')
  const { Account = '', Arn = '' } = await (await sts()).send(new GetCallerIdentityCommand({}))
  return { account: Account, arn: Arn }
}
