import * as v from 'valibot'

/** What a ticket enrols whoever redeems it as: an `agent` of a launch, a `member` of a project. */
export type TicketKind = 'agent' | 'member'

/** What a ticket is good for. */
export interface TicketPurpose {
  kind: TicketKind
  /** The launch or the project. A ticket of one is refused by every other. */
  into: string
  /** What is proved of whoever redeems it. */
  attributes: Readonly<Record<string, string>>
  /** Id of the grant that it was made for. Once that is not active any more the ticket is refused. */
  grant?: string | undefined
  /** How many may redeem it. */
  uses: number
}

/** That somebody has redeemed a ticket. */
export interface Redemption {
  /** Who, as whoever redeemed it for them has said. */
  redeemer: string
  /** In ISO 8601. */
  at: string
}

/** A one-time secret that enrols a member or an agent, without the secret. */
export interface Ticket extends TicketPurpose {
  /** 16 hex digits: the beginning of the hash of its code. */
  id: string
  /** When it ends, in ISO 8601. */
  until: string
  /** Who has made it: the ARN of the caller. */
  by: string
  /** In ISO 8601. */
  at: string
  /** The first one first. */
  redemptions: readonly Redemption[]
  /** Who has revoked it, when. */
  revoked?: { by: string; at: string } | undefined
}

/** What a ticket is to whoever reads it. Only one that is `open` is taken, and again from those who have redeemed it. */
export type TicketState = 'open' | 'used' | 'expired' | 'revoked'

/**
 * The state of a ticket at a time.
 *
 * @param now Milliseconds since 1970.
 *
 * @example
 * ```ts
 * import { type Ticket, ticketStateAt } from '@causeway-aws/grants/tickets'
 *
 * export const isOpen = (ticket: Ticket) => ticketStateAt(ticket, Date.now()) === 'open'
 * ```
 */
export function ticketStateAt(
  { revoked, until, uses, redemptions }: Pick<Ticket, 'redemptions' | 'revoked' | 'until' | 'uses'>,
  now: number,
): TicketState {
  if (revoked !== undefined) return 'revoked'
  if (Date.parse(until) <= now) return 'expired'
  return redemptions.length < uses ? 'open' : 'used'
}

const name = v.pipe(
  v.string('must be a string'),
  v.regex(/^[\w.-]{1,64}$/, 'must have names of 1 to 64 letters, digits and _ . -'),
)

/** Nothing that a line of a log, or a certificate, would end at. */
const printable = v.pipe(
  v.string('must be a string'),
  v.regex(/^[^\p{C}]{1,256}$/u, 'must be 1 to 256 characters that can be printed'),
)

const purposeEntries = {
  kind: v.picklist(['agent', 'member'], 'must be agent or member'),
  into: v.pipe(
    v.string('must be a string'),
    v.regex(/^[\w.:/-]{1,128}$/, 'must be 1 to 128 letters, digits and _ . : / -'),
  ),
  attributes: v.pipe(v.record(name, printable), v.maxEntries(32, 'must be 32 at most')),
  grant: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/, 'must be the id of a grant'))),
  // Those who have redeemed it are kept in one item of the table.
  uses: v.pipe(
    v.number('must be a number'),
    v.integer('must be a whole number'),
    v.minValue(1, 'must be 1 to 100'),
    v.maxValue(100, 'must be 1 to 100'),
  ),
} as const

/** What whoever makes a ticket says. A machine is to redeem it soon: a week is much. */
export const requestSchema: v.GenericSchema<unknown, TicketPurpose & { expiresIn: number }> = v.strictObject({
  ...purposeEntries,
  attributes: v.optional(purposeEntries.attributes, {}),
  uses: v.optional(purposeEntries.uses, 1),
  expiresIn: v.optional(
    v.pipe(
      v.number('must be a number'),
      v.integer('must be a whole number of seconds'),
      v.minValue(1, 'must be 1 to 604800 seconds'),
      v.maxValue(604_800, 'must be 1 to 604800 seconds'),
    ),
    600,
  ),
})

/** Who redeems a ticket, for what. The code is looked at by its hash only: whatever is none is refused as all others are. */
export const redeemSchema: v.GenericSchema<
  unknown,
  Pick<TicketPurpose, 'into' | 'kind'> & { code: string; redeemer: string }
> = v.strictObject({
  code: v.string('must be a string'),
  kind: purposeEntries.kind,
  into: purposeEntries.into,
  redeemer: printable,
})

/** What of a ticket is written when it is made, and never again. */
export const madeSchema: v.GenericSchema<unknown, Omit<Ticket, 'id' | 'redemptions' | 'revoked'>> = v.strictObject({
  ...purposeEntries,
  until: v.string(),
  by: v.string(),
  at: v.string(),
})

export const revokedSchema: v.GenericSchema<unknown, { by: string; at: string }> = v.strictObject({
  by: v.string(),
  at: v.string(),
})
