import { describe, expect, it } from 'vitest'
import { hashOf, idOf, newCode } from '../../src/tickets/code.ts'
import { createTickets, type TicketRequest, ticketStateAt } from '../../src/tickets/index.ts'

describe('a code', () => {
  it('has 256 random bits, and looks like no flag', () => {
    const codes = new Set(Array.from({ length: 1_000 }, newCode))
    expect(codes.size).toBe(1_000)
    for (const code of codes) expect(code).toMatch(/^[0-9a-f]{64}$/)
  })

  it('is kept as its SHA-256, and its ticket is called by the beginning of that', () => {
    // printf 'a code' | sha256sum
    expect(hashOf('a code')).toBe('3749cb48ee6e8dd6738012fc45cdabda219ccc1a1c46b6525d0f2072a65d90e4')
    expect(idOf(hashOf('a code'))).toBe('3749cb48ee6e8dd6')
  })
})

describe('a ticket', () => {
  const ticket = { until: '2027-01-01T00:00:00.000Z', uses: 2, redemptions: [{ redeemer: 'one', at: '' }] }
  const end = Date.parse(ticket.until)

  it.each([
    ['open', ticket, end - 1],
    ['used', { ...ticket, uses: 1 }, end - 1],
    ['expired', ticket, end],
    ['expired', { ...ticket, uses: 1 }, end],
    ['revoked', { ...ticket, revoked: { by: '', at: '' } }, end],
  ])('is %s', (state, given, now) => {
    expect(ticketStateAt(given, now)).toBe(state)
  })

  const tickets = createTickets({
    table: 'causeway-grants',
    client: { region: 'eu-west-1', endpoint: 'http://127.0.0.1:1' },
  })
  const good: TicketRequest = { kind: 'member', into: 'metrics' }

  it.each<[string, object, string]>([
    ['nobody knows', { kind: 'guest' }, 'kind must be agent or member'],
    ['goes into nothing', { into: '' }, 'into must be 1 to 128 letters, digits and _ . : / -'],
    ['lasts for ever', { expiresIn: 604_801 }, 'expiresIn must be 1 to 604800 seconds'],
    ['has ended', { expiresIn: 0 }, 'expiresIn must be 1 to 604800 seconds'],
    ['is for nobody', { uses: 0 }, 'uses must be 1 to 100'],
    ['is for all the world', { uses: 101 }, 'uses must be 1 to 100'],
    [
      'proves what is two lines',
      { attributes: { a: 'true\nb=true' } },
      'must be 1 to 256 characters that can be printed',
    ],
    ['proves what has no name', { attributes: { '': 'true' } }, 'must have names of 1 to 64 letters'],
    ['is for no grant', { grant: 'orders' }, 'grant must be the id of a grant'],
    ['is for what is unknown', { for: 'x' }, 'for is not an option'],
  ])('that %s is refused in a sentence', async (_, wrong, sentence) => {
    await expect(tickets.create({ ...good, ...wrong })).rejects.toThrow(sentence)
  })

  it.each<[object, string]>([
    [{ redeemer: '' }, 'redeemer must be 1 to 256 characters that can be printed'],
    [{ redeemer: 'x'.repeat(257) }, 'redeemer must be 1 to 256 characters'],
    [{ kind: 'guest' }, 'kind must be agent or member'],
  ])('is redeemed by somebody, as something: not %j', async (wrong, sentence) => {
    const request = { code: newCode(), kind: 'member', into: 'metrics', redeemer: 'key-1' } as const
    await expect(tickets.redeem({ ...request, ...wrong })).rejects.toThrow(sentence)
  })
})
