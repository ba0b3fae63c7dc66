import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { bodyStream, type LargeBodies, LargeBodyError, type Message } from '@causeway-aws/edge'
import { UsageError } from '../exit.ts'

/** Why a message's body is not shown, or not saved: what a person can do about it. */
export class BodyError extends Error {
  override readonly name = 'BodyError'
}

/** Makes the folder, before a message is received that would have to go back to its edge. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder || '.', { recursive: true }).catch(({ code }: NodeJS.ErrnoException) => {
    throw new UsageError(`--save: ${folder} is no folder, and cannot be made one (${code}).`)
  })
}

/** Writes a message's body to a file that is named for its tracking id, whole or not at all. Answers its path. */
export async function saveBody(
  message: Message,
  folder: string,
  { bodies, signal }: { bodies: LargeBodies | undefined; signal: AbortSignal },
): Promise<string> {
  const file = join(folder, message.trackingId)
  const unfinished = `${file}.part`
  if (message.bodyReference && !bodies) {
    throw new BodyError('Its body is in S3. Name the bucket: --bodies-bucket NAME')
  }
  // Another sender may have sent another message under the same tracking id.
  if (existsSync(file)) throw new BodyError(`${file} is there already; move it away.`)
  try {
    await pipeline(bodyStream(message, bodies, { signal }), createWriteStream(unfinished), { signal })
    await rename(unfinished, file)
    return file
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {})
    if (error instanceof LargeBodyError) throw error
    throw new BodyError(`${file} cannot be written (${(error as Error).message}).`, { cause: error })
  }
}
