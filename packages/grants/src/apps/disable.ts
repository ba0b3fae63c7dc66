import { type AppContext, type AppReport, changeOf } from './context.ts'
import { delay } from './delay.ts'

/** What a session that was given while IAM was still learning of the change is cut by: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency */
const margin = 300_000

/** Ends an app: no credentials from now on, and what it has is denied everything. */
export async function disableApp(context: AppContext, name: string): Promise<AppReport> {
  const { store, role, cutter, clock, caller } = context
  let { app } = await store.get(name)
  const wasDisabled = app.state === 'disabled'
  if (!wasDisabled && app.state !== 'disabling') {
    app = await store.write(app, { ...app, state: 'disabling' }, await changeOf(context, 'disable'))
  }
  // Also where it was disabled before: whoever was killed as it changed the app may have opened its role after that, and users
  // may have got sessions by their tokens then.
  const hasRole = app.roleArn !== undefined && (await role.close(app))
  if (hasRole) await cutter.cut(name, { before: new Date(clock.now() + margin) }, (await caller()).arn)
  if (wasDisabled) return { app, done: ['It was disabled before.'] }
  app = await store.write(app, { ...app, state: 'disabled' }, await changeOf(context, 'disabled'))
  const done = ['It is given no credentials from now on.']
  if (hasRole) done.push(`Its role denies everything to the sessions that there are. ${delay}`)
  if (app.kind === 'cross-account' && app.edges.length > 0) {
    done.push(
      'Its edges it uses by a role of its own: take that out of them, by `causeway grant revoke` or their stacks.',
    )
  }
  return { app, done }
}
