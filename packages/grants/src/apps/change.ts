import { InvalidOptions, parseOptions } from '@causeway-aws/auth'
import { type App, type AppChanges, changesSchema, isServed } from './app.ts'
import { AppConflict } from './app-error.ts'
import { type AppContext, type AppReport, changeOf, followRecord, refuseUnusable } from './context.ts'

/** Changes the record of an app, and has its role follow; without changes, has its role follow. */
export async function changeApp(
  context: AppContext,
  name: string,
  changes: AppChanges,
  { version }: { version?: number | undefined } = {},
): Promise<AppReport> {
  const { store, cuts } = context
  const found = await store.get(name)
  if (version !== undefined && version !== found.app.version) {
    const read = (await store.history(name)).find(({ app }) => app.version === version)
    throw new AppConflict(read?.app ?? { ...found.app, version }, found)
  }
  if (found.app.state === 'disabling') {
    throw new InvalidOptions(
      `changeApp: the app ${name} is being disabled, and that was cut off. Disable it to the end first.`,
    )
  }
  const fields = Object.keys(changes).join(', ')
  let app = found.app
  if (fields !== '') {
    const after = await withChanges(context, app, changes)
    app = await store.write(app, after, await changeOf(context, `change ${fields}`))
  }
  const roleArn = await followRecord(context, app)
  const isSettled = (app.state === 'active' || app.state === 'disabled') && app.roleArn === roleArn
  if (!isSettled) {
    const state = app.state === 'disabled' ? 'disabled' : 'active'
    const after: App = { ...app, state, ...(roleArn && { roleArn }) }
    const what = app.state === 'enabling' ? 'enabled' : 'changed'
    app = await store.write(app, after, await changeOf(context, what))
  }
  const done = [`Its role follows its record, which is version ${app.version}.`]
  if (isServed(app) && !isServed(found.app)) {
    const before = (await cuts.find(name))?.cuts.before
    const denied = before === undefined ? '' : ` All that is issued to it before ${before} stays denied.`
    done.push(`It is given credentials again.${denied}`)
  }
  return { app, done }
}

async function withChanges({ caller }: AppContext, before: App, changes: AppChanges): Promise<App> {
  const { audit, table: rows, node, state, ...given } = parseOptions('changeApp', changesSchema, changes)
  const after: App = {
    ...before,
    ...given,
    ...(audit !== undefined && { audit: audit ?? undefined }),
    ...(rows !== undefined && { table: rows ?? undefined }),
    ...(node !== undefined && { node: node ?? undefined }),
  }
  refuseUnusable('changeApp', after, (await caller()).account)
  if (before.state === 'active') return { ...after, state: 'changing' }
  return before.state === 'disabled' && state === 'active' ? { ...after, state: 'enabling' } : after
}
