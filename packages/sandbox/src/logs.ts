import { setTimeout as sleep } from 'node:timers/promises'
import {
  CloudWatchLogsClient,
  GetLogEventsCommand,
  paginateDescribeLogStreams,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs'
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda'
import type { LogLine, LogsOptions, SandboxCredentials } from './contract.ts'
import { clientOptions } from './credentials.ts'
import { UnknownFunction } from './errors.ts'

// Milliseconds between two looks at the log.
const POLL = 250

/** The lines of a function's log group, those of one look in the order of their time. */
export async function* logs(
  functionName: string,
  { account, follow = false, since, signal }: LogsOptions,
  credentials: SandboxCredentials,
): AsyncGenerator<LogLine> {
  const client = new CloudWatchLogsClient(clientOptions(credentials))
  const logGroupName = `/aws/lambda/${functionName}`
  const positions = new Map<string, string>()
  const isOver = (): boolean => signal?.aborted === true
  while (!isOver()) {
    const streams = await streamsOf(client, logGroupName)
    if (streams === undefined && !follow) await assertFunction(functionName, account, credentials)
    const lines: LogLine[] = []
    for (const stream of streams ?? []) lines.push(...(await newLines(client, logGroupName, stream, since, positions)))
    yield* lines.sort((one, other) => one.timestamp.getTime() - other.timestamp.getTime())
    if (!follow) return
    await sleep(POLL, undefined, signal && { signal }).catch(() => {})
  }
}

/** One stream for each instance of the function; undefined when it has not run, since its first run makes the group. */
async function streamsOf(client: CloudWatchLogsClient, logGroupName: string): Promise<string[] | undefined> {
  const names: string[] = []
  try {
    for await (const { logStreams = [] } of paginateDescribeLogStreams({ client }, { logGroupName })) {
      names.push(...logStreams.flatMap(({ logStreamName }) => logStreamName ?? []))
    }
    return names
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined
    throw error
  }
}

/** What the stream holds after the position of the last look, which it moves on. */
async function newLines(
  client: CloudWatchLogsClient,
  logGroupName: string,
  logStreamName: string,
  since: Date | undefined,
  positions: Map<string, string>,
): Promise<LogLine[]> {
  const lines: LogLine[] = []
  for (;;) {
    const nextToken = positions.get(logStreamName)
    const place = { logGroupName, logStreamName, startFromHead: true, startTime: since?.getTime(), nextToken }
    const { events = [], nextForwardToken = '' } = await client.send(new GetLogEventsCommand(place))
    for (const { timestamp, message = '' } of events) {
      lines.push({ timestamp: new Date(timestamp ?? 0), message: message.trimEnd() })
    }
    positions.set(logStreamName, nextForwardToken)
    // The same token again means the end: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
    if (nextForwardToken === nextToken) return lines
  }
}

async function assertFunction(name: string, account: string, credentials: SandboxCredentials): Promise<void> {
  const { Functions = [] } = await new LambdaClient(clientOptions(credentials)).send(new ListFunctionsCommand())
  const names = Functions.flatMap(({ FunctionName }) => FunctionName ?? [])
  if (names.includes(name)) return
  const known = names.length === 0 ? 'It has none' : `It has ${names.join(', ')}`
  throw new UnknownFunction(`There is no function ${name} in ${account}. ${known}.`)
}
