import { createTickets, type Ticket, type TicketState, type Tickets, ticketStateAt } from '@causeway-aws/grants/tickets'
import { remembering } from '../aws-request.ts'
import { UsageError } from '../exit.ts'
import { grantIdOf, openGrants } from '../open-grants.ts'
import { clientLimits } from '../request-limits.ts'
import type { TableFlags } from '../table-options.ts'
import type { Terminal } from '../terminal.ts'
import { codePlace } from './ticket-code.ts'

interface Common extends TableFlags {
  terminal: Terminal
}

export interface CreateTicketFlags extends Common {
  kind: 'agent' | 'member'
  into: string
  attribute?: string[]
  grant?: string
  /** In seconds. */
  expiresIn: number
  uses: number
  to?: string
}

/** The tickets of the caller's account. */
const openTickets = ({ table, region }: Common): Tickets =>
  createTickets({ table, client: { ...clientLimits, ...(region && { region }) }, onClient: remembering })

export async function create(flags: CreateTicketFlags): Promise<void> {
  const { kind, into, attribute = [], grant, expiresIn, uses, to, json, terminal } = flags
  const tickets = openTickets(flags)
  const keep = to === undefined ? undefined : codePlace(to, flags)
  const { ticket, code } = await tickets.create({
    kind,
    into,
    attributes: attributesOf(attribute),
    ...(grant !== undefined && { grant: await grantIdOf(openGrants(flags), grant) }),
    expiresIn,
    uses,
  })
  try {
    await keep?.(code, ticket)
  } catch (error) {
    await tickets.revoke(ticket.id) // nobody will ever know its code
    throw error
  }
  if (json) return terminal.printJson({ ...ticket, ...(to === undefined ? { code } : { to }) })
  terminal.print(to ?? code)
  const good = `Ticket ${ticket.id}: ${inWords(ticket)}, until ${ticket.until}.`
  terminal.note(to === undefined ? `${good} Its code is shown this once.` : good)
}

function attributesOf(words: readonly string[]): Record<string, string> {
  const attributes = new Map<string, string>()
  for (const word of words) {
    const separator = word.indexOf('=')
    const name = word.slice(0, separator)
    if (separator < 1 || separator === word.length - 1) {
      throw new UsageError(`--attribute: expected NAME=VALUE, got "${word}". Example: --attribute influxdb-inlet=true`)
    }
    if (attributes.has(name)) throw new UsageError(`--attribute: ${name} is given twice.`)
    attributes.set(name, word.slice(separator + 1))
  }
  return Object.fromEntries(attributes)
}

export async function list({ state, ...flags }: Common & { state?: TicketState }): Promise<void> {
  const now = Date.now()
  const all = (await openTickets(flags).list())
    .map((ticket) => ({ ...ticket, state: ticketStateAt(ticket, now) }))
    .filter((ticket) => state === undefined || ticket.state === state)
    .toSorted((one, other) => (one.at < other.at ? -1 : 1))
  const { json, terminal } = flags
  if (json) return terminal.printJson(all)
  for (const ticket of all) {
    const { id, uses, until, redemptions } = ticket
    terminal.print(
      `${id}  ${ticket.state.padEnd(7)}  ${until}  ${`${redemptions.length} of ${uses}`.padEnd(9)}  ${inWords(ticket)}`,
    )
  }
  if (all.length === 0)
    terminal.note(state === undefined ? 'There are no tickets.' : `There are no tickets that are ${state}.`)
}

export async function revoke({ id, ...flags }: Common & { id: string }): Promise<void> {
  const ticket = await openTickets(flags).revoke(id)
  const { json, terminal } = flags
  if (json) return terminal.printJson(ticket)
  terminal.print(`${id}  revoked`)
  for (const { redeemer, at } of ticket.redemptions) {
    terminal.print(`  It was redeemed at ${at} by ${redeemer}, who stays what that has made of it.`)
  }
}

/** What it is good for, in a few words. */
function inWords({ kind, into, attributes, grant }: Ticket): string {
  const proved = Object.entries(attributes).map(([name, value]) => `${name}=${value}`)
  return [`${kind} of ${into}`, ...proved, ...(grant === undefined ? [] : [`for the grant ${grant}`])].join(', ')
}
