import * as v from 'valibot'

/**
 * A queue URL, of AWS or of an emulator. The SDK sends a request to the host in it, whatever the client's region says,
 * unless the client was made with an `endpoint` of its own.
 */
export const queueUrlSchema: v.GenericSchema<string> = v.pipe(
  v.string('must be a queue URL'),
  v.regex(
    /^https?:\/\/[^/\s]+\/\d{12}\/[\w-]{1,80}(\.fifo)?$/,
    'must be a queue URL such as https://sqs.eu-west-1.amazonaws.com/111111111111/orders.fifo',
  ),
)

/** Whether a queue, named by URL or ARN, is FIFO: only then may, and must, its name end so. */
export function isFifo(queue: string): boolean {
  return queue.endsWith('.fifo')
}
