import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { STSClientConfig } from '@aws-sdk/client-sts'
import { type Clock, parseOptions, systemClock } from '@causeway-aws/auth'
import * as v from 'valibot'
import { stateAt } from '../grants/state.ts'
import { GrantNotFound, grantStore } from '../grants/store.ts'
import { GrantRefused } from '../grants/transitions.ts'
import { loadedSdk } from '../versions/loaded-sdk.ts'
import { hashOf, idOf, newCode } from './code.ts'
import { ticketStore } from './store.ts'
import {
  type Redemption,
  redeemSchema,
  requestSchema,
  type Ticket,
  type TicketPurpose,
  type TicketState,
  ticketStateAt,
} from './ticket.ts'
import { TicketNotFound, TicketRefused } from './ticket-error.ts'

/** What every SDK client is made with. */
export type TicketClientSettings = Pick<
  STSClientConfig,
  'credentials' | 'endpoint' | 'maxAttempts' | 'region' | 'requestHandler' | 'retryStrategy'
>

/** Why a ticket was refused: for the log of whoever takes tickets, and not for who has it. */
export interface RefusedTicket {
  /** The id that a ticket of that code would have. */
  id: string
  /** `other`: it is of another kind, project or launch. `grant`: its grant is not active any more. */
  reason: 'unknown' | 'other' | 'grant' | Exclude<TicketState, 'open'>
}

/** Where tickets are kept, and as whom. */
export interface TicketsOptions {
  /** The table of grants, as `infra/grants.yaml` makes it. */
  table: string
  /** What every SDK client is made with. Default: all from the environment. */
  client?: TicketClientSettings
  /** Default: this machine's clocks. */
  clock?: Clock
  /** Told of each client that is made, and gives it back. */
  onClient?: <Client extends { middlewareStack: unknown }>(client: Client) => Client
  /** Told why a ticket was refused. Default: nobody. */
  onRefused?: (refused: RefusedTicket) => void
}

/** A ticket to be. By default it proves nothing, is for no grant, and one may redeem it. */
export interface TicketRequest
  extends Pick<TicketPurpose, 'into' | 'kind'>,
    Partial<Pick<TicketPurpose, 'attributes' | 'grant' | 'uses'>> {
  /** In seconds, 1 to 604,800. Default: 600. */
  expiresIn?: number
}

/** A ticket that was made, and its code, which is nowhere else and told once. */
export interface MadeTicket {
  ticket: Ticket
  code: string
}

/** Who redeems a ticket, and for what. */
export interface RedeemRequest extends Pick<TicketPurpose, 'into' | 'kind'> {
  code: string
  /**
   * Who redeems it, in 256 characters at most: by what only that machine has, such as the hash of the public key that it is to
   * be certified for, once it has shown that it has the private one. Whoever comes with the code and as the same redeemer is
   * answered as the first time.
   */
  redeemer: string
  signal?: AbortSignal
}

/** What a redemption comes to: who redeems is to become what the ticket says. */
export interface RedeemedTicket extends Redemption {
  /** As it is now. */
  ticket: Ticket
  /** Whether the same redeemer had redeemed it before, whose answer may have been lost. `at` is then when that was. */
  again: boolean
}

/** The tickets of an account. All rejects with AWS's own errors where the caller may not do what it takes. */
export interface Tickets {
  /** Makes a ticket. Its code is told once. Rejects with {@link GrantRefused} where it is for a grant that is not active. */
  create(request: TicketRequest): Promise<MadeTicket>
  list(): Promise<Ticket[]>
  /** Has the ticket taken no more. What others have become by it they stay. Rejects with {@link TicketNotFound}. */
  revoke(id: string): Promise<Ticket>
  /**
   * Takes a ticket from a machine, in one conditional write: of any number at once as many are taken as it has uses. Rejects
   * with {@link TicketRefused}, whatever the reason is.
   */
  redeem(request: RedeemRequest): Promise<RedeemedTicket>
}

const isObject = (candidate: unknown) => typeof candidate === 'object' && candidate !== null
const isFunction = (candidate: unknown) => typeof candidate === 'function'

const optionsSchema = v.strictObject({
  table: v.pipe(v.string('must be a string'), v.nonEmpty('must be the name of a table')),
  client: v.optional(v.custom<TicketClientSettings>(isObject, 'must be what a client is made with'), {}),
  clock: v.optional(v.custom<Clock>(isObject), systemClock),
  onClient: v.optional(
    v.custom<NonNullable<TicketsOptions['onClient']>>(isFunction),
    () =>
      <Client>(client: Client) =>
        client,
  ),
  onRefused: v.optional(v.custom<NonNullable<TicketsOptions['onRefused']>>(isFunction), () => () => {}),
})

/**
 * The tickets of an account: one-time secrets by which a machine becomes a member of a project or the agent of a launch.
 *
 * @throws {InvalidOptions}
 *
 * @example
 * ```ts
 * import { createTickets } from '@causeway-aws/grants/tickets'
 *
 * const tickets = createTickets({ table: 'causeway-grants' })
 * export const { code } = await tickets.create({
 *   kind: 'member',
 *   into: 'metrics',
 *   attributes: { 'influxdb-inlet': 'true' },
 * })
 * ```
 */
export function createTickets(options: TicketsOptions): Tickets {
  const { table, client, clock, onClient, onRefused } = parseOptions('createTickets', optionsSchema, options)
  let opened: DynamoDBClient | undefined
  const open = async () => {
    opened ??= onClient(new DynamoDBClient(client))
    return opened
  }
  const store = ticketStore(table, open)
  const grants = grantStore(table, open, loadedSdk)
  let identity: Promise<string> | undefined
  const caller = () => {
    identity ??= identify(client, onClient).catch((error: unknown) => {
      identity = undefined
      throw error
    })
    return identity
  }
  const isoAt = (time: number) => new Date(time).toISOString()
  const grantState = async (id: string) => stateAt((await grants.get(id)).grant, clock.now())

  return {
    async create(request) {
      const { expiresIn, ...purpose } = parseOptions('createTicket', requestSchema, request)
      if (purpose.grant !== undefined) {
        const state = await grantState(purpose.grant)
        if (state !== 'active') {
          throw new GrantRefused(purpose.grant, state, `is ${state}, and a ticket is made for one that is active.`)
        }
      }
      const code = newCode()
      const now = clock.now()
      const until = isoAt(now + expiresIn * 1_000)
      const ticket = await store.create(hashOf(code), { ...purpose, until, by: await caller(), at: isoAt(now) })
      return { ticket, code }
    },
    list: () => store.list(),
    async revoke(id) {
      const found = /^[0-9a-f]{16}$/.test(id) ? await store.find(id) : undefined
      if (found === undefined) throw new TicketNotFound(id, table)
      if (found.ticket.revoked !== undefined) return found.ticket
      const revoked = { by: await caller(), at: isoAt(clock.now()) }
      await store.revoke(found.hash, revoked)
      return { ...found.ticket, revoked }
    },
    async redeem({ signal, ...request }) {
      const { code, redeemer, ...purpose } = parseOptions('redeemTicket', redeemSchema, request)
      const hash = hashOf(code)
      const now = clock.now()
      const refused = (reason: RefusedTicket['reason']) => {
        onRefused({ id: idOf(hash), reason })
        return new TicketRefused()
      }
      const { ticket, isTaken } = await store.redeem(hash, purpose, { redeemer, at: isoAt(now) }, signal)
      if (ticket === undefined) throw refused('unknown')
      if (!isTaken) throw refused(whyNot(ticket, purpose, now))
      // After it was taken: a grant that is not active any more never is again.
      if (ticket.grant !== undefined) {
        const state = await grantState(ticket.grant).catch(unlessNotFound)
        if (state !== 'active') throw refused('grant')
      }
      const before = ticket.redemptions.find((redemption) => redemption.redeemer === redeemer)
      const redemption = before ?? { redeemer, at: isoAt(now) }
      const redemptions = before ? ticket.redemptions : [...ticket.redemptions, redemption]
      return { ...redemption, ticket: { ...ticket, redemptions }, again: before !== undefined }
    },
  }
}

function whyNot(
  ticket: Ticket,
  { kind, into }: Pick<TicketPurpose, 'into' | 'kind'>,
  now: number,
): RefusedTicket['reason'] {
  if (ticket.kind !== kind || ticket.into !== into) return 'other'
  const state = ticketStateAt(ticket, now)
  return state === 'open' ? 'used' : state
}

function unlessNotFound(error: unknown): undefined {
  if (!(error instanceof GrantNotFound)) throw error
}

async function identify(
  client: TicketClientSettings,
  onClient: NonNullable<TicketsOptions['onClient']>,
): Promise<string> {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts')
  const { Arn = '' } = await onClient(new STSClient(client)).send(new GetCallerIdentityCommand({}))
  return Arn
}
