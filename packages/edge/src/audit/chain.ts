import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Clock } from '@causeway-aws/auth'
import type { Backoff } from '../backoff.ts'
import { type Failure, requestFailure } from '../failure.ts'
import { AuditError } from './audit-error.ts'
import { hourOf, type Position, recordsKey } from './layout.ts'
import { type EncodedObject, encodeObject, type Line } from './object.ts'

/** An object's bytes in and out of the bucket: what a chain needs of S3. */
export interface Objects {
  /** Stores an object where there is none. */
  create(key: string, object: EncodedObject): Promise<unknown>
  /** SHA-256 of the object that is there. */
  hashOf(key: string): Promise<string>
}

export interface ChainSettings {
  readonly bucket: string
  readonly prefix: string
  readonly objects: Objects
  readonly maxAttempts: number
  readonly backoff: Backoff
  readonly clock: Pick<Clock, 'now'>
}

/** How far a chain has come. */
interface Chain extends Position {
  readonly previousHash: string | null
  /** Objects that were given up at this place. One of them may have been accepted all the same. */
  readonly givenUp: readonly string[]
}

/**
 * Stores objects one after another, each with the hash of the one before it. A chain lives within an hour, so that what
 * was written in an hour is found under it; the next hour's is a new one. An object that is given up leaves no gap: the
 * next one takes its place in the chain.
 *
 * @returns A function that resolves when the object of these records has been accepted. One call at a time.
 */
export function createChain(settings: ChainSettings): (lines: readonly Line[]) => Promise<void> {
  const { bucket, prefix, objects, maxAttempts, backoff, clock } = settings
  let chain = newChain(hourOf(clock.now()))

  return async (lines) => {
    let made: { readonly place: Chain; readonly object: EncodedObject } | undefined
    for (let attempt = 1; ; ) {
      // Asked each time: an execution environment may have been frozen since the last attempt.
      const now = clock.now()
      if (chain.hour !== hourOf(now)) chain = newChain(hourOf(now))
      if (made?.place !== chain) {
        const object = encodeObject(lines, chain, chain.previousHash, new Date(now).toISOString())
        made = { place: chain, object }
      }
      const { object } = made
      const key = recordsKey(prefix, chain)
      try {
        await objects.create(key, object)
        break
      } catch (error) {
        const found = isTaken(error) ? await objects.hashOf(key).catch((unread: unknown) => unread) : error
        // An answer that was lost: the object was accepted when it was first sent.
        if (found === object.hash) break
        if (typeof found === 'string') {
          // One that was given up earlier was accepted, so this one comes after it. A stranger's object is left alone.
          chain = chain.givenUp.includes(found) ? after(chain, found) : newChain(chain.hour)
          continue
        }
        const failure = failureOf(found)
        if (!failure.retryable || attempt >= maxAttempts) {
          chain = { ...chain, givenUp: [...chain.givenUp, object.hash] }
          throw new AuditError(`s3://${bucket}/${key}`, lines.length, failure)
        }
        await setTimeout(backoff(attempt))
        attempt += 1
      }
    }
    chain = after(chain, made.object.hash)
  }
}

function newChain(hour: string): Chain {
  return { hour, chainId: randomBytes(16).toString('hex'), sequence: 0, previousHash: null, givenUp: [] }
}

function after(chain: Chain, hash: string): Chain {
  return { ...chain, sequence: chain.sequence + 1, previousHash: hash, givenUp: [] }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
function isTaken(error: unknown): boolean {
  return error instanceof Error && error.name === 'PreconditionFailed'
}

function failureOf(error: unknown): Failure {
  const failure = requestFailure(error)
  // Another request for the same key is under way, one of ours that was not answered in time; S3 says to try again.
  const isUnderWay = error instanceof Error && error.name === 'ConditionalRequestConflict'
  return isUnderWay ? { ...failure, retryable: true } : failure
}
