import { type App, type AppEdge, type AppReport, type Apps, createApps, iamPolicy } from '@causeway-aws/grants/apps'
import { remembering } from '../aws-request.ts'
import { UsageError } from '../exit.ts'
import { clientLimits } from '../request-limits.ts'
import type { TableFlags } from '../table-options.ts'
import type { Terminal } from '../terminal.ts'

interface Common extends TableFlags {
  terminal: Terminal
}

export interface CreateAppFlags extends Common {
  app: string
  tenant: string
  user: string[]
  kind: 'external' | 'cross-account'
  partner?: string
  send?: string[]
  receive?: string[]
  key?: string
  tableArn?: string
  partitionKey?: string[]
  mayWrite?: boolean
  duration: number
  receives?: string
  sends?: string
  configuration?: Record<string, unknown>
  vendorRole: string
  userPool: string
  client: string
}

/** The apps of the caller's account. */
const openApps = ({ table, region }: Common): Apps =>
  createApps({ table, client: { ...clientLimits, ...(region && { region }) }, onClient: remembering })

export async function create(flags: CreateAppFlags): Promise<void> {
  const { app, tenant, kind, partner, user, duration, vendorRole, userPool, client, json, terminal } = flags
  const made = await openApps(flags).create({
    app,
    tenant,
    kind,
    ...(partner && { partner }),
    users: user,
    maxDuration: duration,
    edges: edgesOf(flags),
    ...rowsOf(flags),
    ...nodeOf(flags),
    vendor: { roleArn: vendorRole, userPoolId: userPool, clientId: client },
  })
  if (json) return terminal.printJson(made)
  terminal.print(made.roleArn ?? made.app)
  terminal.note(
    `Created: ${inWords(made)}. Its users are given sessions of that role by: causeway credentials --app ${app}`,
  )
}

function edgesOf({ send = [], receive = [], key }: CreateAppFlags): AppEdge[] {
  const queues = [...new Set([...send, ...receive])]
  if (queues.length > 0 && key === undefined) {
    throw new UsageError('app create: --key is missing, the KMS key that encrypts the edges.')
  }
  return queues.map((queueArn) => ({
    queueArn,
    keyArn: key ?? '',
    actions: [
      ...(send.includes(queueArn) ? (['send'] as const) : []),
      ...(receive.includes(queueArn) ? (['receive'] as const) : []),
    ],
  }))
}

function rowsOf({ tableArn, partitionKey, mayWrite }: CreateAppFlags) {
  if (tableArn === undefined) return {}
  if (partitionKey === undefined)
    throw new UsageError('app create: --partition-key is missing: which rows of the table.')
  return { table: { tableArn, partitionKeys: partitionKey, access: mayWrite ? ('write' as const) : ('read' as const) } }
}

function nodeOf({ receives, sends, configuration }: CreateAppFlags) {
  const node = { ...(receives && { receives }), ...(sends && { sends }), ...(configuration && { configuration }) }
  return Object.keys(node).length > 0 ? { node } : {}
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
  const history = await apps.history(name)
  if (json) return terminal.printJson({ ...app, ...version, history })
  const line = (label: string, text: string) => terminal.print(`${label.padEnd(12)}  ${text}`)
  line('app', `${app.app}, ${app.kind}`)
  line('state', app.state)
  line('tenant', app.partner === undefined ? app.tenant : `${app.tenant}, account ${app.partner}`)
  line('what', inWords(app))
  if (app.roleArn !== undefined) line('role', `${app.roleArn}, sessions of ${app.maxDuration} s at most`)
  line('users', app.users.join(', '))
  for (const { session, at } of app.cut) line('cut', `${session}  ${at}`)
  for (const { app: that, at, by, what } of history) line(`version ${that.version}`, `${at}  ${what}  ${by}`)
}

export async function disable({ app, session, ...flags }: Common & { app: string; session?: string }): Promise<void> {
  const apps = openApps(flags)
  report(session === undefined ? await apps.disable(app) : await apps.cut(app, session), flags)
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
