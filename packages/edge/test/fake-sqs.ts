import { createHash, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { type SendMessageBatchRequestEntry, SQSClient } from '@aws-sdk/client-sqs'
import { HttpResponse } from '@smithy/core/transport'
import { wireBytes } from '../src/index.ts'

/** What a fake SQS does with an entry: it accepts it when there is no fault. */
type EntryFault = { Code: string; Message?: string; SenderFault: boolean } | 'unanswered'
/** What it does with a whole request: an error answer, or no answer at all. */
type RequestFault = { status: number; code: string; message?: string; date?: string } | Error

export interface FakeSqs {
  readonly client: SQSClient
  /** The entries of each request, those that failed included. */
  readonly requests: SendMessageBatchRequestEntry[][]
  /** What is in the queue: on a FIFO queue each deduplication id once. */
  readonly accepted: SendMessageBatchRequestEntry[]
  /** The most requests that were in flight together. */
  mostInFlight(): number
}

export interface Faults {
  ofEntry?: (entry: SendMessageBatchRequestEntry, request: number) => EntryFault | undefined
  ofRequest?: (entries: SendMessageBatchRequestEntry[], request: number) => RequestFault | undefined
  /** Waited for before each answer. */
  before?: (signal: AbortSignal | undefined) => Promise<unknown>
}

/**
 * SQS as the SDK's real client sees it over HTTP, with faults on demand, which no emulator has. It refuses what SQS
 * refuses of a batch: more than 10 entries, more than 1 MiB, ids that are not distinct.
 */
export function fakeSqs({ ofEntry, ofRequest, before }: Faults = {}): FakeSqs {
  const requests: SendMessageBatchRequestEntry[][] = []
  const accepted: SendMessageBatchRequestEntry[] = []
  const deduplicated = new Set<string>()
  let inFlight = 0
  let mostInFlight = 0

  function accept(entry: SendMessageBatchRequestEntry) {
    const id = entry.MessageDeduplicationId
    if (id === undefined || !deduplicated.has(id)) accepted.push(entry)
    if (id !== undefined) deduplicated.add(id)
    const MD5OfMessageBody = createHash('md5').update(String(entry.MessageBody)).digest('hex')
    return { Id: entry.Id, MessageId: randomUUID(), MD5OfMessageBody }
  }

  async function handle({ body }: { body: Uint8Array }, { abortSignal }: { abortSignal?: AbortSignal } = {}) {
    inFlight += 1
    mostInFlight = Math.max(mostInFlight, inFlight)
    try {
      const { Entries }: { Entries: SendMessageBatchRequestEntry[] } = JSON.parse(new TextDecoder().decode(body))
      const number = requests.push(Entries) - 1
      await before?.(abortSignal)
      const fault = ofRequest?.(Entries, number) ?? malformed(Entries)
      if (fault instanceof Error) throw fault
      if (fault) {
        const { status, code, message, date } = fault
        return answer(status, { __type: `com.amazonaws.sqs#${code}`, message }, date)
      }
      const Successful: unknown[] = []
      const Failed: unknown[] = []
      for (const entry of Entries) {
        const entryFault = ofEntry?.(entry, number)
        if (entryFault === undefined) Successful.push(accept(entry))
        else if (entryFault !== 'unanswered') Failed.push({ Id: entry.Id, ...entryFault })
      }
      return answer(200, { Successful, Failed })
    } finally {
      inFlight -= 1
    }
  }

  const client = new SQSClient({
    region: 'us-east-1',
    endpoint: 'https://sqs.us-east-1.amazonaws.com',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' },
    maxAttempts: 1,
    requestHandler: { handle: handle as never },
  })
  return { client, requests, accepted, mostInFlight: () => mostInFlight }
}

function malformed(entries: SendMessageBatchRequestEntry[]): RequestFault | undefined {
  const bytes = entries.reduce((sum, entry) => sum + wireBytes(entry as never), 0)
  if (entries.length > 10) return { status: 400, code: 'TooManyEntriesInBatchRequest' }
  if (bytes > 1_048_576) return { status: 400, code: 'BatchRequestTooLong' }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    return { status: 400, code: 'BatchEntryIdsNotDistinct' }
  return undefined
}

function answer(statusCode: number, body: unknown, date = new Date().toUTCString()) {
  const headers = { 'content-type': 'application/x-amz-json-1.0', date }
  return { response: new HttpResponse({ statusCode, headers, body: Readable.from([JSON.stringify(body)]) }) }
}
