/** SendMessageBatch takes no more: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const maxEntries = 10

/**
 * Packs entries, in their order, into batches of at most 10 entries and `maxBytes` together. No entry may be larger
 * than `maxBytes` by itself.
 */
export function pack<Entry extends { readonly bytes: number }>(entries: readonly Entry[], maxBytes: number): Entry[][] {
  const batches: Entry[][] = []
  let batch: Entry[] = []
  let bytes = 0
  for (const entry of entries) {
    if (batch.length === maxEntries || (batch.length > 0 && bytes + entry.bytes > maxBytes)) {
      batches.push(batch)
      batch = []
      bytes = 0
    }
    batch.push(entry)
    bytes += entry.bytes
  }
  if (batch.length > 0) batches.push(batch)
  return batches
}
