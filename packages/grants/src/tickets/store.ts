import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { CausewayError } from '@causeway-aws/auth'
import * as v from 'valibot'
import { jsonOf } from '../versions/json-of.ts'
import { idOf } from './code.ts'
import { madeSchema, type Redemption, revokedSchema, type Ticket, type TicketPurpose } from './ticket.ts'

/** What of a ticket is known when it is made. */
type MadeTicket = Omit<Ticket, 'id' | 'redemptions' | 'revoked'>

/** What was there when a redemption was tried. */
interface Tried {
  /** As it was before; undefined where there is none. */
  ticket: Ticket | undefined
  isTaken: boolean
}

/** Where tickets are kept, each by the hash of its code. */
interface TicketStore {
  create(hash: string, ticket: MadeTicket): Promise<Ticket>
  list(): Promise<Ticket[]>
  /** The ticket of an id, and the hash that it is kept by. */
  find(id: string): Promise<{ hash: string; ticket: Ticket } | undefined>
  /** Redeems a ticket, or does not, in one write. */
  redeem(
    hash: string,
    purpose: Pick<TicketPurpose, 'into' | 'kind'>,
    redemption: Redemption,
    signal?: AbortSignal,
  ): Promise<Tried>
  revoke(hash: string, revoked: { by: string; at: string }): Promise<void>
}

const pk = { S: 'ticket' }

/** For how long after its end DynamoDB leaves a ticket, so that it can be seen who has redeemed it: 30 days, in seconds. */
const kept = 2_592_000

/**
 * Keeps tickets in the table of grants, an item each. Who has redeemed one is a map in its item, so that one conditional write
 * decides: the size of the map is the count, and whoever is in it already is taken again.
 */
export function ticketStore(table: string, open: () => Promise<DynamoDBClient>): TicketStore {
  function parse(item: Readonly<Record<string, AttributeValue>>): Ticket {
    const { sk, record, redeemed, revoked } = item
    const made = v.safeParse(madeSchema, jsonOf(record?.S))
    if (!made.success) {
      const [issue] = made.issues
      throw new CausewayError(
        `The record ticket ${sk?.S} of the table ${table} is not as this Causeway writes it (${v.getDotPath(issue) ?? 'all of it'} ${issue.message}). Take a newer one; or delete it, and make another ticket.`,
        { code: 'TicketUnreadable' },
      )
    }
    const redemptions = Object.entries(redeemed?.M ?? {}).map(([redeemer, { S: at = '' }]) => ({ redeemer, at }))
    return {
      id: idOf(sk?.S ?? ''),
      ...made.output,
      redemptions: redemptions.toSorted((one, other) => (one.at < other.at ? -1 : 1)),
      ...(revoked && { revoked: v.parse(revokedSchema, jsonOf(revoked.S)) }),
    }
  }

  async function query(begin = ''): Promise<{ hash: string; ticket: Ticket }[]> {
    const found: { hash: string; ticket: Ticket }[] = []
    const pages = paginateQuery(
      { client: await open() },
      {
        TableName: table,
        KeyConditionExpression: begin === '' ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :begin)',
        ExpressionAttributeValues: { ':pk': pk, ...(begin !== '' && { ':begin': { S: begin } }) },
        ConsistentRead: true,
      },
    )
    for await (const { Items = [] } of pages) {
      found.push(...Items.map((item) => ({ hash: item.sk?.S ?? '', ticket: parse(item) })))
    }
    return found
  }

  return {
    async create(hash, ticket) {
      const { kind, into, uses, until } = ticket
      const Item = {
        pk,
        sk: { S: hash },
        record: { S: JSON.stringify(v.parse(madeSchema, ticket)) },
        // What the write that redeems it looks at.
        kind: { S: kind },
        into: { S: into },
        uses: { N: String(uses) },
        end: { N: String(Date.parse(until)) },
        redeemed: { M: {} },
        // DynamoDB deletes it some days after this, to clean up; what has ended is over at its end.
        // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
        ttl: { N: String(Math.ceil(Date.parse(until) / 1_000) + kept) },
      }
      const client = await open()
      const ConditionExpression = 'attribute_not_exists(pk)'
      await client.send(new PutItemCommand({ TableName: table, Item, ConditionExpression }))
      return parse(Item)
    },
    list: async () => (await query()).map(({ ticket }) => ticket),
    find: async (id) => (await query(id))[0],
    async redeem(hash, { kind, into }, { redeemer, at }, signal) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: { pk, sk: { S: hash } },
        UpdateExpression: 'SET #redeemed.#redeemer = if_not_exists(#redeemed.#redeemer, :at)',
        ConditionExpression:
          '#kind = :kind AND #into = :into AND attribute_not_exists(#revoked) AND #end > :now AND (size(#redeemed) < #uses OR attribute_exists(#redeemed.#redeemer))',
        ExpressionAttributeNames: {
          '#redeemer': redeemer,
          ...Object.fromEntries(
            ['redeemed', 'kind', 'into', 'revoked', 'end', 'uses'].map((name) => [`#${name}`, name]),
          ),
        },
        ExpressionAttributeValues: {
          ':at': { S: at },
          ':kind': { S: kind },
          ':into': { S: into },
          ':now': { N: String(Date.parse(at)) },
        },
        ReturnValues: 'ALL_OLD',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      })
      const client = await open()
      try {
        const { Attributes = {} } = await client.send(command, signal && { abortSignal: signal })
        return { ticket: parse(Attributes), isTaken: true }
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error
        return { ticket: error.Item && parse(error.Item), isTaken: false }
      }
    },
    async revoke(hash, revoked) {
      const client = await open()
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: { pk, sk: { S: hash } },
          // Who was first to revoke it stays.
          UpdateExpression: 'SET #revoked = if_not_exists(#revoked, :revoked)',
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeNames: { '#revoked': 'revoked' },
          ExpressionAttributeValues: { ':revoked': { S: JSON.stringify(revoked) } },
        }),
      )
    },
  }
}
