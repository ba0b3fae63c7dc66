import { LocalError, lastLines, run } from './command.ts'
import type { Engine } from './engine.ts'

export interface InvokeOptions {
  readonly engine: Engine
  /** The `sam` program. */
  readonly sam: string
  readonly template: string
  /** The function's id in the template. */
  readonly id: string
  readonly event: string
  /** A file of variables that go before those of the template, in which sam cannot know what a resource is called. */
  readonly variables: string | undefined
  /** Names that the container is to know: NAME:ADDRESS. */
  readonly addHosts?: readonly string[]
  /** Whom the function is, as variables. Default: nobody. */
  readonly credentials?: Readonly<Record<string, string>>
}

/** What a function answered, and what it logged. */
export interface Answer {
  /** Undefined when it gave none. */
  readonly body: unknown
  readonly log: string
  /** Why the invocation counts as failed; undefined when it does not. */
  readonly failure: string | undefined
}

/** Invokes a function once, in its container. */
export async function invoke({
  engine,
  sam,
  template,
  id,
  event,
  variables,
  addHosts = [],
  credentials = {},
}: InvokeOptions): Promise<Answer> {
  const args = ['local', 'invoke', id, '--template', template, '--event', event, '--skip-pull-image']
  if (variables !== undefined) args.push('--env-vars', variables)
  for (const host of addHosts) args.push('--add-host', host)
  const { code, stdout, stderr } = await run(sam, args, { env: { ...environment(engine), ...credentials } })
  if (code !== 0) throw new LocalError(`sam local invoke failed. What it said:\n${lastLines(stderr)}`)
  const body = parse(stdout)
  // Before that line sam tells what it does; from there on it is the function's log.
  const start = stderr.indexOf('START RequestId')
  return { body, log: start < 0 ? stderr : stderr.slice(start), failure: failureOf(body) }
}

function environment(engine: Engine): NodeJS.ProcessEnv {
  return {
    ...engine.env,
    SAM_CLI_TELEMETRY: '0',
    // sam asks STS who it is; with nobody to ask, every further attempt is seconds.
    AWS_MAX_ATTEMPTS: '1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
  }
}

function parse(stdout: string): unknown {
  try {
    return JSON.parse(stdout)
  } catch {
    return undefined
  }
}

/** sam ends with 0 whatever the function did. */
function failureOf(body: unknown): string | undefined {
  if (body === undefined) return 'The function gave no answer.'
  if (typeof body !== 'object' || body === null) return undefined
  if ('errorType' in body && 'errorMessage' in body)
    return `The function failed: ${body.errorType}: ${body.errorMessage}`
  if ('batchItemFailures' in body && Array.isArray(body.batchItemFailures) && body.batchItemFailures.length > 0) {
    return `The function answered that ${body.batchItemFailures.length} of the event's messages failed.`
  }
  return undefined
}
