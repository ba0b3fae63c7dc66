import { GrantDenied, type GrantReport, type GrantState, type Grants } from '@causeway-aws/grants'
import { Finding, UsageError } from '../exit.ts'
import { readExportedGrant } from '../grant.ts'
import { grantIdOf, openGrants } from '../open-grants.ts'
import type { TableFlags } from '../table-options.ts'
import type { Terminal } from '../terminal.ts'
import { grantLine, inWords, likelyLines, printGrant, printTest } from './grant-lines.ts'
import { type ResourceFlags, resourceOf } from './grant-resource.ts'
import { writePrivateFile } from './private-file.ts'

/** What every one of them is given. */
interface Common extends TableFlags {
  terminal: Terminal
}

export interface CreateFlags extends ResourceFlags {
  name: string
  partner: string
  owner?: string
  until?: Date
  principal?: string[]
}

export async function create(flags: CreateFlags & Common): Promise<void> {
  const { name, partner, owner, until, principal, json, terminal } = flags
  const grant = await openGrants(flags).create({
    name,
    partner,
    ...resourceOf(flags),
    ...(owner && { owner }),
    ...(until && { until }),
    ...(principal && { principals: principal }),
  })
  if (json) return terminal.printJson(grant)
  terminal.print(grant.id)
  terminal.note(
    `Created: ${inWords(grant)}. Next: causeway grant export ${grant.id} --to ${name.replaceAll(' ', '-')}.json`,
  )
}

export async function list({ state, ...flags }: Common & { state?: GrantState }): Promise<void> {
  const all = (await openGrants(flags).list())
    .filter((each) => state === undefined || each.state === state)
    .sort((one, other) => one.grant.name.localeCompare(other.grant.name))
  const { json, terminal } = flags
  if (json) return terminal.printJson(all.map(({ grant, ...version }) => ({ ...grant, ...version })))
  for (const each of all) terminal.print(grantLine(each))
  if (all.length === 0)
    terminal.note(state === undefined ? 'There are no grants.' : `There are no grants that are ${state}.`)
}

export async function show({ id: named, ...flags }: Common & { id: string }): Promise<void> {
  const grants = openGrants(flags)
  const id = await grantIdOf(grants, named)
  const [now, history] = [await grants.get(id), await grants.history(id)]
  const { grant, ...version } = now
  if (flags.json) flags.terminal.printJson({ ...grant, ...version, history })
  else printGrant(now, history, flags.terminal)
}

export async function test({ id: named, grant, ...flags }: Common & { id?: string; grant?: string }): Promise<void> {
  if ((named === undefined) === (grant === undefined)) {
    throw new UsageError('grant test: say which, by its id (of your table) or by --grant FILE (what you were given).')
  }
  const grants = openGrants(flags)
  const found =
    grant === undefined
      ? await grants.test(await grantIdOf(grants, named ?? ''))
      : await grants.testExported(await readExportedGrant(grant))
  if (flags.json) flags.terminal.printJson(found)
  else printTest(found, flags.terminal)
  if (!found.asItShouldBe) throw new Finding()
}

export interface ExportFlags extends Common {
  id: string
  to: string
  policy?: boolean
  forReader?: boolean
  heldFor: number
}

export async function exportGrant({ id: named, to, policy, forReader, heldFor, ...flags }: ExportFlags): Promise<void> {
  const grants = openGrants(flags)
  const id = await grantIdOf(grants, named)
  const form = policy ? 'policy' : forReader ? 'reader' : 'template'
  const document = await grants.export(id, form, { heldFor })
  const { grant } = await grants.get(id)
  await writePrivateFile(to, `${JSON.stringify(document, null, 2)}\n`)
  const { json, terminal } = flags
  if (json) return terminal.printJson({ id, form, file: to })
  terminal.print(to)
  const { partner } = grant
  if (form === 'reader') return terminal.note('Whoever uses the grant gives this to --grant. It holds no secret.')
  if (grant.owner === partner) {
    terminal.note('The ExternalId is in it: hand it to the partner by a way that nobody else reads, and delete it.')
  }
  if (form === 'policy') return
  terminal.note(
    `The partner deploys it in account ${partner}: aws cloudformation deploy --template-file ${to} --stack-name causeway-grant-${id} --capabilities CAPABILITY_NAMED_IAM`,
  )
  const next = grant.state !== 'active' ? 'accept' : grant.rotation && 'rotate'
  if (next) terminal.note(`Then: causeway grant ${next} ${id}`)
}

export interface AcceptFlags extends Common {
  id: string
  roleArn?: string[]
  althoughOpen?: boolean
  untried?: boolean
}

export async function accept({ id, roleArn, althoughOpen, untried, ...flags }: AcceptFlags): Promise<void> {
  const grants = openGrants(flags)
  const given = {
    ...(roleArn && { roleArns: roleArn }),
    ...(althoughOpen && { although: 'open' as const }),
    ...(untried && { untried }),
  }
  try {
    report(await grants.accept(await grantIdOf(grants, id), given), flags)
  } catch (error) {
    if (!(error instanceof GrantDenied)) throw error
    const { message, explanation } = error
    const { json, terminal } = flags
    if (json) terminal.printJson({ refused: { message, ...explanation } })
    else {
      terminal.note(message)
      terminal.note(explanation.likely.length === 1 ? 'The cause:' : 'Most likely, in this order:')
      for (const line of likelyLines(explanation.likely)) terminal.note(line)
    }
    throw new Finding()
  }
}

export interface RotateFlags extends Common {
  id: string
  heldFor: number
  untried?: boolean
}

export async function rotate({ id, heldFor, untried, ...flags }: RotateFlags): Promise<void> {
  const grants = openGrants(flags)
  report(await grants.rotate(await grantIdOf(grants, id), { heldFor, ...(untried && { untried }) }), flags)
}

export interface RevokeFlags extends Common {
  id?: string
  roleArn?: string[]
  expired?: boolean
}

export async function revoke({ id, roleArn, expired, ...flags }: RevokeFlags): Promise<void> {
  if ((id === undefined) === (expired === undefined)) {
    throw new UsageError('grant revoke: say which, by its id, or --expired for all that have ended.')
  }
  const grants = openGrants(flags)
  if (id !== undefined) {
    const those = roleArn && { roleArns: roleArn }
    return report(await grants.revoke(await grantIdOf(grants, id), those), flags)
  }
  if (roleArn !== undefined) throw new UsageError('grant revoke: --role-arn is of one grant; say which by its id.')
  await revokeExpired(grants, flags)
}

async function revokeExpired(grants: Grants, flags: Common): Promise<void> {
  const { json, terminal } = flags
  const reports: object[] = []
  const failures: object[] = []
  const { revoked, failed, left } = await grants.revokeExpired({
    onRevoked(each) {
      if (json) reports.push(documentOf(each))
      else report(each, flags)
    },
    onFailed({ grant, error: { message } }) {
      failures.push({ ...(grant && { id: grant.id, name: grant.name }), message })
      terminal.note(grant === undefined ? message : `${grant.id}  ${grant.name}  not revoked: ${message}`)
    },
  })
  if (json) terminal.printJson({ revoked: reports, failed: failures, left })
  if (left > 0) terminal.note(`${left} changed meanwhile. Run the same command again.`)
  if (revoked + failed + left === 0 && !json) terminal.note('No grant has ended that was not revoked.')
  if (failed > 0) throw new Finding()
}

const documentOf = ({ grant, done, waitsFor }: GrantReport): object => ({
  ...grant,
  done,
  ...(waitsFor && { waitsFor }),
})

function report(reported: GrantReport, { json, terminal }: Common): void {
  if (json) {
    terminal.printJson(documentOf(reported))
    return
  }
  const { grant, done, waitsFor } = reported
  terminal.print(`${grant.id}  ${grant.name}  ${grant.state}`)
  for (const sentence of done) terminal.print(`  ${sentence}`)
  if (waitsFor !== undefined) terminal.print(`  Waits: ${waitsFor}`)
}
