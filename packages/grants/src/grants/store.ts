import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CausewayError } from '@causeway-aws/auth'
import * as v from 'valibot'
import { differences, GrantConflict } from './conflict-error.ts'
import { type Grant, type GrantChange, type GrantVersion, versionSchema } from './grant.ts'

/** Where grants are kept. */
export interface GrantStore {
  /** The newest version. Rejects with {@link GrantNotFound}. */
  get(id: string): Promise<GrantVersion>
  /** The newest version of each. */
  list(): Promise<GrantVersion[]>
  /** All versions of one, the first one first. */
  history(id: string): Promise<GrantVersion[]>
  /** Writes the next version of a grant, or the first. Rejects with {@link GrantConflict} when `before` is not the newest. */
  write(before: Grant | undefined, after: Grant, change: GrantChange): Promise<Grant>
}

/**
 * There is no grant of that id in the table.
 *
 * @example
 * ```ts
 * import { createGrants, GrantNotFound } from '@causeway-aws/grants'
 *
 * const grants = createGrants({ table: 'causeway-grants' })
 * export const grant = await grants.get('0123456789abcdef').catch((error: unknown) => {
 *   if (error instanceof GrantNotFound) return undefined
 *   throw error
 * })
 * ```
 */
export class GrantNotFound extends CausewayError {
  constructor(id: string, table: string) {
    super(`There is no grant ${id} in the table ${table}. \`causeway grant list\` shows those that there are.`, {
      code: 'GrantNotFound',
    })
  }
}

const newest = 'grant'
const versionKey = (version: number): string => String(version).padStart(8, '0')

/**
 * Keeps grants in a DynamoDB table with the keys `pk` and `sk`, strings. The newest versions are one collection, so that
 * listing them is one consistent query; every version is kept beside it, written in the same transaction and never again.
 */
export function grantStore(table: string, open: () => Promise<DynamoDBClient>): GrantStore {
  const key = (pk: string, sk: string) => ({ pk: { S: pk }, sk: { S: sk } })
  // As JSON: it is read as a whole, and a schema says what it is.
  const item = (pk: string, sk: string, version: GrantVersion) => ({
    ...key(pk, sk),
    version: { N: String(version.grant.version) },
    record: { S: JSON.stringify(version) },
  })
  const parse = (record: Readonly<Record<string, { S?: string | undefined }>>): GrantVersion => {
    const { pk, sk } = record
    const parsed = v.safeParse(versionSchema, jsonOf(record.record?.S))
    if (parsed.success) return parsed.output
    const what = `${v.getDotPath(parsed.issues[0]) ?? 'all of it'} ${parsed.issues[0].message}`
    throw new CausewayError(
      `The record ${pk?.S} ${sk?.S} of the table ${table} is not as this Causeway writes it (${what}). Take a newer one; or restore it from its versions, which have the key ${newest}#ID.`,
      { code: 'GrantUnreadable' },
    )
  }

  async function query(pk: string): Promise<GrantVersion[]> {
    const { paginateQuery } = await import('@aws-sdk/client-dynamodb')
    const found: GrantVersion[] = []
    const pages = paginateQuery(
      { client: await open() },
      {
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: pk } },
        ConsistentRead: true,
      },
    )
    for await (const { Items = [] } of pages) found.push(...Items.map(parse))
    return found
  }

  async function find(id: string): Promise<GrantVersion | undefined> {
    const { GetItemCommand } = await import('@aws-sdk/client-dynamodb')
    const client = await open()
    const { Item } = await client.send(
      new GetItemCommand({ TableName: table, Key: key(newest, id), ConsistentRead: true }),
    )
    return Item && parse(Item)
  }

  return {
    async get(id) {
      const version = await find(id)
      if (version === undefined) throw new GrantNotFound(id, table)
      return version
    },
    list: () => query(newest),
    history: (id) => query(`${newest}#${id}`),
    async write(before, after, change) {
      const { TransactionCanceledException, TransactWriteItemsCommand } = await import('@aws-sdk/client-dynamodb')
      const grant = { ...after, version: (before?.version ?? 0) + 1 }
      const version = v.parse(versionSchema, { grant, ...change })
      const isNew = { ConditionExpression: 'attribute_not_exists(pk)' }
      const follows = {
        ConditionExpression: 'version = :before',
        ExpressionAttributeValues: { ':before': { N: String(before?.version) } },
      }
      const command = new TransactWriteItemsCommand({
        TransactItems: [
          {
            Put: {
              TableName: table,
              Item: item(newest, grant.id, version),
              ...(before === undefined ? isNew : follows),
            },
          },
          {
            Put: {
              TableName: table,
              Item: item(`${newest}#${grant.id}`, versionKey(grant.version), version),
              ...isNew,
            },
          },
        ],
      })
      const client = await open()
      for (let attempt = 1; ; attempt += 1) {
        try {
          await client.send(command)
          return grant
        } catch (error) {
          if (!(error instanceof TransactionCanceledException)) throw error
          const now = await find(grant.id)
          // Two transactions met, and which of them was first is not said: it is looked up.
          if (now?.grant.version === before?.version && attempt < 10) continue
          throw new GrantConflict(before ?? grant, now, now ? differences(before ?? grant, now.grant) : [], error)
        }
      }
    },
  }
}

/** Undefined for what is no JSON. */
function jsonOf(text = ''): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
