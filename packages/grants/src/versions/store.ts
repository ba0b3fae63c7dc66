import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CausewayError } from '@causeway-aws/auth'
import * as v from 'valibot'
import { jsonOf } from './json-of.ts'
import type { Change, Versioned } from './version.ts'

/** Where records of one kind are kept, each in all its versions. */
export interface VersionStore<Kept, Version> {
  /** The newest version. Rejects with the kind's own error where there is none. */
  get(id: string): Promise<Version>
  /** The newest version, if there is any. */
  find(id: string): Promise<Version | undefined>
  /** The newest version of each. Rejects where one cannot be read, unless whoever asks is told of that and goes on. */
  list(onUnreadable?: (error: Error) => void): Promise<Version[]>
  /** All versions of one, the first one first. */
  history(id: string): Promise<Version[]>
  /** Writes the next version, or the first. Rejects with the kind's own conflict when `before` is not the newest. */
  write(before: Kept | undefined, after: Kept, change: Change): Promise<Kept>
}

/** What of the SDK a store uses. A command line loads it when it is first asked for, a function with all the rest. */
export type StoreSdk = Pick<
  typeof import('@aws-sdk/client-dynamodb'),
  'GetItemCommand' | 'paginateQuery' | 'TransactionCanceledException' | 'TransactWriteItemsCommand'
>

/** What a kind of records is. */
interface VersionStoreOptions<Kept extends Versioned, Version extends Change> {
  table: string
  client(): Promise<DynamoDBClient>
  sdk(): Promise<StoreSdk>
  /** How the key of the newest versions is called; all versions of one record are beside it, under `KIND#ID`. */
  kind: string
  /** A version, as it is read and as it is written: `{[kind]: the record, by, at, what}`. */
  schema: v.GenericSchema<unknown, Version>
  /** The record that a version is of. */
  kept(version: Version): Kept
  id(record: Kept): string
  /** The code of the error for a record that nothing of ours has written so. */
  unreadable: string
  notFound(id: string): Error
  /** What is said to whoever comes second: `now` is what is there, `before` what it had read, if anything. */
  conflict(tried: { before: Kept | undefined; after: Kept; now: Version | undefined; cause: Error }): Error
}

/**
 * Keeps records in a DynamoDB table with the keys `pk` and `sk`, strings. The newest versions are one collection, so that
 * listing them is one consistent query; every version is kept beside it, written in the same transaction and never again.
 */
export function versionStore<Kept extends Versioned, Version extends Change>(
  options: VersionStoreOptions<Kept, Version>,
): VersionStore<Kept, Version> {
  const { table, client, sdk, kind, schema, kept } = options
  const key = (pk: string, sk: string) => ({ pk: { S: pk }, sk: { S: sk } })
  // As JSON: it is read as a whole, and a schema says what it is.
  const item = (pk: string, sk: string, version: Version) => ({
    ...key(pk, sk),
    version: { N: String(kept(version).version) },
    record: { S: JSON.stringify(version) },
  })

  function parse({ pk, sk, record }: Readonly<Record<string, AttributeValue>>): Version {
    const parsed = v.safeParse(schema, jsonOf(record?.S))
    if (parsed.success) return parsed.output
    const [issue] = parsed.issues
    throw new CausewayError(
      `The record ${pk?.S} ${sk?.S} of the table ${table} is not as this Causeway writes it (${v.getDotPath(issue) ?? 'all of it'} ${issue.message}). Take a newer one; or restore it from its versions, which have the key ${kind}#ID.`,
      { code: options.unreadable },
    )
  }

  async function query(pk: string, onUnreadable?: (error: Error) => void): Promise<Version[]> {
    const { paginateQuery } = await sdk()
    const found: Version[] = []
    const pages = paginateQuery(
      { client: await client() },
      {
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: pk } },
        ConsistentRead: true,
      },
    )
    for await (const { Items = [] } of pages) {
      for (const stored of Items) {
        try {
          found.push(parse(stored))
        } catch (error) {
          if (onUnreadable === undefined || !(error instanceof CausewayError)) throw error
          onUnreadable(error)
        }
      }
    }
    return found
  }

  async function find(id: string): Promise<Version | undefined> {
    const { GetItemCommand } = await sdk()
    // Consistent: what was ended a moment ago is over.
    const command = new GetItemCommand({ TableName: table, Key: key(kind, id), ConsistentRead: true })
    const { Item } = await (await client()).send(command)
    return Item && parse(Item)
  }

  return {
    async get(id) {
      const version = await find(id)
      if (version === undefined) throw options.notFound(id)
      return version
    },
    find,
    list: (onUnreadable) => query(kind, onUnreadable),
    history: (id) => query(`${kind}#${id}`),
    async write(before, tried, change) {
      const { TransactionCanceledException, TransactWriteItemsCommand } = await sdk()
      const after = { ...tried, version: (before?.version ?? 0) + 1 }
      const id = options.id(after)
      const version = v.parse(schema, { [kind]: after, ...change })
      const isNew = { ConditionExpression: 'attribute_not_exists(pk)' }
      const follows = {
        ConditionExpression: 'version = :before',
        ExpressionAttributeValues: { ':before': { N: String(before?.version) } },
      }
      const newest = item(kind, id, version)
      const beside = item(`${kind}#${id}`, String(after.version).padStart(8, '0'), version)
      const command = new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName: table, Item: newest, ...(before === undefined ? isNew : follows) } },
          { Put: { TableName: table, Item: beside, ...isNew } },
        ],
      })
      const dynamodb = await client()
      for (let attempt = 1; ; attempt += 1) {
        try {
          await dynamodb.send(command)
          return after
        } catch (cause) {
          if (!(cause instanceof TransactionCanceledException)) throw cause
          const now = await find(id)
          // Two transactions met, and which of them was first is not said: it is looked up.
          if ((now && kept(now).version) === before?.version && attempt < 10) continue
          throw options.conflict({ before, after, now, cause })
        }
      }
    },
  }
}
