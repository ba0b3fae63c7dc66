import { InvalidOptions, parseOptions } from '@causeway-aws/auth'
import { type App, type AppHolder, type AppResources, requestSchema, type Vendor } from './app.ts'
import { AppExists } from './app-error.ts'
import { type AppContext, changeOf, followRecord, refuseUnusable } from './context.ts'

/** An app to be: who it is for, what it uses, and who gives it its sessions. */
export interface AppRequest extends Omit<AppHolder, 'maxDuration'>, Partial<AppResources> {
  /** Its name: 1 to 32 lower case letters, digits and hyphens. */
  app: string
  /** Default: 3,600 seconds. */
  maxDuration?: number
  vendor: Vendor
}

/** Makes the role of an app, and its record. */
export async function createApp(context: AppContext, request: AppRequest): Promise<App> {
  const who = 'createApp'
  const { store, caller } = context
  const given = parseOptions(who, requestSchema, request)
  const { account } = await caller()
  if (given.kind === 'cross-account' && given.partner === undefined) {
    throw new InvalidOptions(
      `${who}: partner is missing: a cross-account app uses its edges by a role of its own account.`,
    )
  }
  const app: App = { ...given, version: 1, account, state: 'active' }
  refuseUnusable(who, app, account)
  // Looked up first, so that the role of an app that there is, is left as it is.
  if (await store.find(app.app)) {
    throw new AppExists(`There is an app ${app.app} already. \`causeway app show ${app.app}\` shows it.`)
  }
  const roleArn = await followRecord(context, app)
  try {
    return await store.write(undefined, { ...app, ...(roleArn && { roleArn }) }, await changeOf(context, 'create'))
  } catch (error) {
    // Of two that make one app, the role is the one's whose record there is.
    if (error instanceof AppExists) await followRecord(context, (await store.get(app.app)).app)
    throw error
  }
}
