import { type App, type AppReport, type Apps, createApps, iamPolicy } from '@causeway-aws/grants/apps'
import { remembering } from '../aws-request.ts'
import { clientLimits } from '../request-limits.ts'
import type { TableFlags } from '../table-options.ts'
import type { Terminal } from '../terminal.ts'
import { type AppNodeFlags, appNode } from './app-node.ts'
import { type AppResourceFlags, appResources } from './app-resources.ts'

interface Common extends TableFlags {
  terminal: Terminal
}

export interface CreateAppFlags extends Common, AppResourceFlags, AppNodeFlags {
  app: string
  tenant: string
  user: string[]
  kind: 'external' | 'cross-account'
  partner?: string
  duration: number
  vendorRole: string
  userPool: string
  client: string
  boundary: string
}

/** The apps of the caller's account. */
const openApps = ({ table, region }: Common): Apps =>
  createApps({ table, client: { ...clientLimits, ...(region && { region }) }, onClient: remembering })

export async function create(flags: CreateAppFlags): Promise<void> {
  const { app, tenant, kind, partner, user, duration, vendorRole, userPool, client, boundary, json, terminal } = flags
  const node = appNode(flags)
  const made = await openApps(flags).create({
    app,
    tenant,
    kind,
    ...(partner && { partner }),
    users: user,
    maxDuration: duration,
    ...appResources('app create', flags),
    ...(node && { node }),
    vendor: { roleArn: vendorRole, userPoolId: userPool, clientId: client, boundaryArn: boundary },
  })
  if (json) return terminal.printJson(made)
  terminal.print(made.roleArn ?? made.app)
  terminal.note(
    `Created: ${inWords(made)}. Its users are given sessions of that role by: causeway credentials --app ${app}`,
  )
}

export interface ChangeAppFlags extends Common, AppResourceFlags, AppNodeFlags {
  app: string
  user?: string[]
  duration?: number
  state?: 'active'
  without?: ('audit' | 'bodies' | 'edges' | 'node' | 'table')[]
  ifVersion?: number
}

export async function change(flags: ChangeAppFlags): Promise<void> {
  const { app, user, duration, state, without = [], ifVersion } = flags
  const node = appNode(flags)
  const takenAway = { audit: null, table: null, node: null, bodies: [], edges: [] }
  const changes = {
    ...(user && { users: user }),
    ...(duration !== undefined && { maxDuration: duration }),
    ...Object.fromEntries(without.map((what) => [what, takenAway[what]])),
    ...appResources('app change', flags),
    ...(node && { node }),
    ...(state && { state }),
  }
  report(await openApps(flags).change(app, changes, { version: ifVersion }), flags)
}

export async function list(flags: Common): Promise<void> {
  const all = (await openApps(flags).list()).toSorted((one, other) => one.app.app.localeCompare(other.app.app))
  const { json, terminal } = flags
  if (json) return terminal.printJson(all.map(({ app, ...version }) => ({ ...app, ...version })))
  for (const { app } of all) {
    terminal.print(
      `${app.app.padEnd(24)}  ${app.state.padEnd(9)}  ${app.kind.padEnd(13)}  ${app.tenant}: ${inWords(app)}`,
    )
  }
  if (all.length === 0) terminal.note('There are no apps.')
}

export async function show({ app: name, policy, ...flags }: Common & { app: string; policy?: boolean }): Promise<void> {
  const apps = openApps(flags)
  const { json, terminal } = flags
  const { app, ...version } = await apps.get(name)
  if (policy) return terminal.printJson(iamPolicy(app) ?? { Version: '2012-10-17', Statement: [] })
  const [history, cuts] = [await apps.history(name), await apps.cuts(name)]
  if (json) return terminal.printJson({ ...app, ...version, history, cuts })
  const line = (label: string, text: string) => terminal.print(`${label.padEnd(12)}  ${text}`)
  line('app', `${app.app}, ${app.kind}`)
  line('state', app.state)
  line('tenant', app.partner === undefined ? app.tenant : `${app.tenant}, account ${app.partner}`)
  line('what', inWords(app))
  if (app.roleArn !== undefined) line('role', `${app.roleArn}, sessions of ${app.maxDuration} s at most`)
  line('users', app.users.join(', '))
  if (cuts?.before !== undefined) line('cut', `all sessions that were issued before ${cuts.before}`)
  for (const { session, at } of cuts?.sessions ?? []) line('cut', `${session}  ${at}`)
  for (const { app: that, at, by, what } of history) line(`version ${that.version}`, `${at}  ${what}  ${by}`)
}

export async function disable({ app, ...flags }: Common & { app: string }): Promise<void> {
  report(await openApps(flags).disable(app), flags)
}

export async function cut({ app, session, ...flags }: Common & { app: string; session?: string }): Promise<void> {
  report(await openApps(flags).cut(app, session), flags)
}

function report({ app, done }: AppReport, { json, terminal }: Common): void {
  if (json) {
    terminal.printJson({ ...app, done })
    return
  }
  terminal.print(`${app.app}  ${app.state}`)
  for (const sentence of done) terminal.print(`  ${sentence}`)
}

/** What it uses, in a few words: `send orders.fifo, rows of orders`. */
function inWords({ edges, bodies, audit, table }: App): string {
  const last = (arn: string) => arn.split(/[:/]/).at(-1) ?? arn
  return [
    ...edges.map(({ actions, queueArn }) => `${actions.join(' and ')} ${last(queueArn)}`),
    ...bodies.map(({ bucket, prefix }) => `s3://${bucket}/${prefix}`),
    ...(audit ? [`audit s3://${audit.bucket}/${audit.prefix}`] : []),
    ...(table ? [`rows of ${last(table.tableArn)}`] : []),
  ].join(', ')
}
