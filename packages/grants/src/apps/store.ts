import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { loadedSdk } from '../versions/loaded-sdk.ts'
import { type VersionStore, versionStore } from '../versions/store.ts'
import { type App, type AppVersion, versionSchema } from './app.ts'
import { AppConflict, AppExists, AppNotFound } from './app-error.ts'

/** Where apps are kept. Rejects with {@link AppNotFound}, {@link AppExists} and {@link AppConflict}. */
export type AppStore = VersionStore<App, AppVersion>

/** Keeps apps in the table of grants, and in their way. */
export const appStore = (table: string, client: () => Promise<DynamoDBClient>): AppStore =>
  versionStore({
    table,
    client,
    sdk: loadedSdk,
    kind: 'app',
    schema: versionSchema,
    kept: ({ app }) => app,
    id: ({ app }) => app,
    unreadable: 'AppUnreadable',
    notFound: (name) => new AppNotFound(name),
    conflict: ({ before, after: { app }, now, cause }) =>
      before === undefined
        ? new AppExists(`There is an app ${app} already. \`causeway app show ${app}\` shows it.`, cause)
        : new AppConflict(before, now, cause),
  })
