import type { S3 } from './open-s3.ts'
import { beginParts, type NewObject, type Parts, partBytes } from './parts.ts'

interface Content {
  readonly bytes: AsyncIterable<Buffer>
  /** Ends `bytes` with an error, also while they are waited for. */
  readonly end: (error: Error) => void
}

/**
 * Puts an object into S3, in one request if it is no more than a part. No part of a failed upload is left, as far as S3
 * can still be reached.
 *
 * One part is sent while the next is gathered, in two buffers that are used again and again. lib-storage's Upload makes
 * a new one for each part, and V8 lets 30 MB of these lie before it collects them.
 */
export async function putObject(
  s3: S3,
  object: NewObject,
  { bytes, end }: Content,
  signal: AbortSignal | undefined,
): Promise<void> {
  let parts: Parts | undefined
  let sending: Promise<void> | undefined
  try {
    for await (const { part, isLast } of gathered(bytes)) {
      await sending // the next part is gathered in its buffer
      if (isLast && !parts) {
        const whole = new s3.PutObjectCommand({ ...object, Body: part })
        await s3.client.send(whole, signal && { abortSignal: signal })
        return
      }
      parts ??= await beginParts(s3, object, signal)
      sending = parts.send(part)
      sending.catch(end)
    }
    await sending
    await parts?.complete()
  } catch (error) {
    await parts?.abort()
    throw error
  }
}

/** Most bodies are far less than a part. */
const leastBytes = 256 * 1024

/** Bytes as parts. The buffer of a part is that of the next but one. */
async function* gathered(bytes: AsyncIterable<Buffer>): AsyncGenerator<{ part: Buffer; isLast: boolean }> {
  let filling = Buffer.allocUnsafeSlow(leastBytes)
  let other: typeof filling | undefined
  let length = 0
  for await (const chunk of bytes) {
    for (let taken = 0; taken < chunk.length; ) {
      if (length === partBytes) {
        yield { part: filling, isLast: false }
        ;[filling, other] = [other ?? Buffer.allocUnsafeSlow(partBytes), filling]
        length = 0
      } else if (length === filling.length) {
        const small = filling
        filling = Buffer.allocUnsafeSlow(Math.min(2 * length, partBytes))
        small.copy(filling)
      }
      const copied = chunk.copy(filling, length, taken)
      length += copied
      taken += copied
    }
  }
  yield { part: filling.subarray(0, length), isLast: true }
}
