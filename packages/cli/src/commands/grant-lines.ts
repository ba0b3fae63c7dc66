import type { Grant, GrantCheck, GrantNow, GrantTest, GrantVersion } from '@causeway-aws/grants'
import type { Terminal } from '../terminal.ts'

/** What is granted, in a few words: `read stream orders`. */
export function inWords({ actions, resource }: Grant): string {
  const last = (arn: string) => arn.split(':').at(-1) ?? arn
  const what = {
    edge: () => (resource.kind === 'edge' ? `edge ${last(resource.queueArn)}` : ''),
    stream: () => (resource.kind === 'stream' ? last(resource.streamArn).replace('/', ' ') : ''),
    prefix: () => (resource.kind === 'prefix' ? `s3://${resource.bucket}/${resource.prefix}` : ''),
    topic: () => (resource.kind === 'topic' ? `topic ${resource.topic}` : ''),
  }[resource.kind]()
  return `${actions.join(' and ')} ${what}`
}

const isOurs = ({ owner, account }: Grant): boolean => owner === account

/** One grant on a line. */
export function grantLine({ grant, state }: GrantNow): string {
  const { id, name, partner, until } = grant
  const direction = isOurs(grant) ? 'to  ' : 'from'
  return `${id}  ${state.padEnd(9)}  ${direction} ${partner}  ${until ?? 'no end'.padEnd(20)}  ${name}: ${inWords(grant)}`
}

/** All of one, and how it came to be. The ExternalId is not in the record. */
export function printGrant({ grant, state }: GrantNow, history: readonly GrantVersion[], terminal: Terminal): void {
  const { id, name, partner, owner, principals, until, roleArn, externalIdFrom, rotation, placed } = grant
  const line = (label: string, text: string) => terminal.print(`${label.padEnd(12)}  ${text}`)
  line('grant', `${id}  ${name}`)
  line('state', until === undefined ? state : `${state}, until ${until}`)
  line('partner', partner)
  line('what', `${inWords(grant)}, of account ${owner}${isOurs(grant) ? ' (yours)' : " (the partner's)"}`)
  if (roleArn !== undefined) line('role', roleArn)
  if (principals.length > 0) line('used by', principals.join(', '))
  if (externalIdFrom !== undefined) line('ExternalId', `in ${externalIdFrom}`)
  if (rotation !== undefined) line('rotation', `${rotation.step} since ${rotation.since}`)
  for (const { arn, stack } of placed) line('written into', stack === undefined ? arn : `${arn}, by the stack ${stack}`)
  for (const { grant, at, by, what } of history) line(`version ${grant.version}`, `${at}  ${what}  ${by}`)
}

/** Why something may have been denied, and what to do, each on a line. */
export const likelyLines = (likely: NonNullable<GrantCheck['likely']>): string[] =>
  likely.map(({ because, remedy }, index) => `  ${String(index + 1).padEnd(2)} ${because} ${remedy}`)

/** What was tried, and what came of it. */
export function printTest({ checks }: GrantTest, { print, paint }: Terminal): void {
  for (const { what, asItShouldBe, untried, came, likely = [] } of checks) {
    const verdict = untried ? '      ' : asItShouldBe ? paint('green', 'ok    ') : paint('red', 'wrong ')
    print(`${verdict}  ${what}: ${came}`)
    if (likely.length > 0) print(likely.length === 1 ? '        The cause:' : '        Most likely, in this order:')
    for (const line of likelyLines(likely)) print(`        ${line}`)
  }
}
