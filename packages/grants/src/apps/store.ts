import {
  type DynamoDBClient,
  GetItemCommand,
  paginateQuery,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import { CausewayError } from '@causeway-aws/auth'
import * as v from 'valibot'
import { type App, type AppChange, type AppVersion, versionSchema } from './app.ts'
import { AppConflict, AppExists, AppNotFound } from './app-error.ts'

/** Where apps are kept. */
export interface AppStore {
  /** The newest version. Rejects with {@link AppNotFound}. */
  get(app: string): Promise<AppVersion>
  list(): Promise<AppVersion[]>
  /** All versions of one, the first one first. */
  history(app: string): Promise<AppVersion[]>
  /** Writes the next version, or the first. Rejects with {@link AppConflict} when `before` is not the newest. */
  write(before: App | undefined, after: App, change: AppChange): Promise<App>
}

const newest = 'app'

/** Keeps apps in the table of grants and in their way: the newest versions are one collection, every version is kept beside it. */
export function appStore(table: string, open: () => Promise<DynamoDBClient>): AppStore {
  const key = (pk: string, sk: string) => ({ pk: { S: pk }, sk: { S: sk } })
  const item = (pk: string, sk: string, version: AppVersion) => ({
    ...key(pk, sk),
    version: { N: String(version.app.version) },
    record: { S: JSON.stringify(version) },
  })

  function parse(stored: Readonly<Record<string, { S?: string | undefined }>>): AppVersion {
    const parsed = v.safeParse(versionSchema, JSON.parse(stored.record?.S ?? 'null'))
    if (parsed.success) return parsed.output
    const [issue] = parsed.issues
    throw new CausewayError(
      `The record ${stored.pk?.S} ${stored.sk?.S} of the table ${table} is not as Causeway writes it (${v.getDotPath(issue) ?? 'all of it'} ${issue.message}). Restore it from its versions, under the key ${newest}#NAME.`,
      { code: 'AppUnreadable' },
    )
  }

  async function query(pk: string): Promise<AppVersion[]> {
    const found: AppVersion[] = []
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

  async function find(app: string): Promise<AppVersion | undefined> {
    const client = await open()
    // Consistent: what was disabled a moment ago is given nothing.
    const command = new GetItemCommand({ TableName: table, Key: key(newest, app), ConsistentRead: true })
    const { Item } = await client.send(command)
    return Item && parse(Item)
  }

  return {
    async get(app) {
      const version = await find(app)
      if (version === undefined) throw new AppNotFound(app)
      return version
    },
    list: () => query(newest),
    history: (app) => query(`${newest}#${app}`),
    async write(before, after, change) {
      const app = { ...after, version: (before?.version ?? 0) + 1 }
      const version = v.parse(versionSchema, { app, ...change })
      const isNew = { ConditionExpression: 'attribute_not_exists(pk)' }
      const follows = {
        ConditionExpression: 'version = :before',
        ExpressionAttributeValues: { ':before': { N: String(before?.version) } },
      }
      const versionKey = String(app.version).padStart(8, '0')
      const command = new TransactWriteItemsCommand({
        TransactItems: [
          {
            Put: {
              TableName: table,
              Item: item(newest, app.app, version),
              ...(before === undefined ? isNew : follows),
            },
          },
          { Put: { TableName: table, Item: item(`${newest}#${app.app}`, versionKey, version), ...isNew } },
        ],
      })
      const client = await open()
      for (let attempt = 1; ; attempt += 1) {
        try {
          await client.send(command)
          return app
        } catch (error) {
          if (!(error instanceof TransactionCanceledException)) throw error
          const now = await find(app.app)
          // Two transactions met, and which of them was first is not said: it is looked up.
          if (now?.app.version === before?.version && attempt < 10) continue
          if (before !== undefined) throw new AppConflict(before, now, error)
          throw new AppExists(`There is an app ${app.app} already. \`causeway app show ${app.app}\` shows it.`, error)
        }
      }
    },
  }
}
