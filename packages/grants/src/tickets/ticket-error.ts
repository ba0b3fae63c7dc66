import { CausewayError } from '@causeway-aws/auth'

/**
 * A ticket is not taken. Whether it is unknown, of something else, used, revoked or over is not said to who has it: that
 * would tell a thief what to try next. `onRefused` of {@link createTickets} is told.
 *
 * @example
 * ```ts
 * import { createTickets, TicketRefused } from '@causeway-aws/grants/tickets'
 *
 * const tickets = createTickets({ table: 'causeway-grants' })
 * const request = { code: 'what the machine has sent', kind: 'member', into: 'metrics', redeemer: 'sha256:…' } as const
 * export const redemption = await tickets.redeem(request).catch((error: unknown) => {
 *   if (error instanceof TicketRefused) return undefined // 403
 *   throw error
 * })
 * ```
 */
export class TicketRefused extends CausewayError {
  constructor() {
    super('The ticket is not good, or is not any more. Ask who gave it to you for another one.', {
      code: 'TicketRefused',
    })
  }
}

/**
 * There is no ticket of that id in the table.
 *
 * @example
 * ```ts
 * import { createTickets, TicketNotFound } from '@causeway-aws/grants/tickets'
 *
 * const tickets = createTickets({ table: 'causeway-grants' })
 * await tickets.revoke('0123456789abcdef').catch((error: unknown) => {
 *   if (!(error instanceof TicketNotFound)) throw error // it was deleted, a month after its end
 * })
 * ```
 */
export class TicketNotFound extends CausewayError {
  constructor(id: string, table: string) {
    super(`There is no ticket ${id} in the table ${table}. \`causeway ticket list\` shows those that there are.`, {
      code: 'TicketNotFound',
    })
  }
}
