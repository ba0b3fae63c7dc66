export type { Redemption, Ticket, TicketKind, TicketPurpose, TicketState } from './ticket.ts'
export { ticketStateAt } from './ticket.ts'
export { TicketNotFound, TicketRefused } from './ticket-error.ts'
export {
  createTickets,
  type MadeTicket,
  type RedeemedTicket,
  type RedeemRequest,
  type RefusedTicket,
  type TicketClientSettings,
  type TicketRequest,
  type Tickets,
  type TicketsOptions,
} from './tickets.ts'
