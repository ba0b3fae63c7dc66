import { GetObjectCommand } from '@aws-sdk/client-s3'
import { parseDigest, type SignedDigest } from './digest.ts'
import { digestKey, digestSequenceOf, digestsPrefix } from './layout.ts'
import { readAgain } from './read-again.ts'
import { bucketOf, type Store } from './store.ts'
import { listVersions } from './versions.ts'

/** The number of the newest digest, or -1 when there is none: some 30 lists of one key, rather than one of all. */
export async function lastSequence(store: Store): Promise<number> {
  let last = -1
  let step = 1
  for (let growing = true; ; ) {
    const found = await firstFrom(store, last + step)
    if (found === undefined && step === 1) return last
    growing &&= found !== undefined
    last = found ?? last
    step = growing ? step * 2 : Math.ceil(step / 2)
  }
}

/** The number of the first digest with this number or a higher one, hidden ones included. */
async function firstFrom(store: Store, sequence: number): Promise<number | undefined> {
  // A list begins after its marker. A stranger's key among the digests must not hide those after it.
  let after = sequence === 0 ? undefined : digestKey(store.prefix, sequence - 1)
  for (;;) {
    const marker = after === undefined ? undefined : { key: after }
    const { versions } = await listVersions(store, digestsPrefix(store.prefix), { after: marker, most: 1 })
    after = versions[0]?.key
    if (after === undefined) return undefined
    const found = digestSequenceOf(store.prefix, after)
    if (found !== undefined) return found
  }
}

/** Reads a digest, or answers `undefined` when what is under its key is none. */
export async function readDigest(store: Store, key: string, version?: string): Promise<SignedDigest | undefined> {
  const command = new GetObjectCommand({ ...bucketOf(store), Key: key, ...(version && { VersionId: version }) })
  const bytes = await readAgain(async () => (await store.client.send(command)).Body?.transformToByteArray())
  return parseDigest(bytes ?? new Uint8Array())
}
