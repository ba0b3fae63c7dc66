import { S3Client } from '@aws-sdk/client-s3'
import { type Audit, createAudit } from '@causeway-aws/edge'
import { DigestError, signingKey, verifyAudit, type WrittenDigest, writeDigest } from '@causeway-aws/edge/audit'
import { clientOptions } from '@causeway-aws/sandbox'
import { beforeEach, describe, expect, it } from 'vitest'
import { testSandbox } from '../sandbox.ts'
import { replaceObjects, withLines } from './audit-mutation.ts'
import { all, entryOf, findingsOf, freshId, makeBucket, makeSigningKey, objectsOf, start } from './audit-trail.ts'

const sandbox = testSandbox()
const hour = 3_600_000

describe('a digest', () => {
  let store: { client: S3Client; bucket: string }
  let signer: Awaited<ReturnType<typeof makeSigningKey>>
  let audit: Audit
  let now: number

  const digest = (): Promise<WrittenDigest | undefined> =>
    writeDigest({ ...store, ...signer, clock: { now: () => now } })
  const findings = async () => findingsOf({ store, publicKey: await signingKey(signer.kms, signer.keyId) }, now)

  beforeEach(async () => {
    const options = clientOptions(await sandbox.credentials('home'))
    const client = new S3Client(options)
    store = { client, bucket: await makeBucket(client, { locked: false }) }
    signer = await makeSigningKey(options)
    now = start
    audit = createAudit({
      bucket: store.bucket,
      node: 'orders',
      client: options,
      clock: { now: () => now },
      flushAfter: 0,
    })
  })

  const archived = Object.assign(new Error("The operation is not valid for the object's storage class"), {
    name: 'InvalidObjectState',
    $metadata: { httpStatusCode: 403 },
  })

  /** Has a key refused to who verifies: the emulator hands out what is archived, or is under another key. */
  function refuse(key: string, refusal: Error): void {
    store.client.middlewareStack.add(
      (next) => async (args) => {
        const { Key } = args.input as { Key?: string }
        if (Key === key) throw refusal
        return next(args)
      },
      { step: 'initialize' },
    )
  }

  it('is written of nothing at all, too: that nothing was recorded can be shown', async () => {
    expect(await findings()).toMatchObject([{ kind: 'digest-late', key: 'digests/' }])
    expect(await digest()).toEqual({
      key: 'digests/000000000000.json',
      sequence: 0,
      heads: 0,
      objects: 0,
      findings: [],
      complete: true,
    })
    expect(await findings()).toEqual([])
  })

  it('reads only what is new', async () => {
    await audit.write(entryOf(freshId()))
    await audit.write(entryOf(freshId()))
    expect(await digest()).toMatchObject({ heads: 1, objects: 2 })
    await audit.write(entryOf(freshId()))
    expect(await digest()).toMatchObject({ heads: 1, objects: 1 })
    expect(await digest()).toMatchObject({ heads: 1, objects: 0 })
    now += hour
    await audit.write(entryOf(freshId()))
    expect(await digest()).toMatchObject({ heads: 2, objects: 1 })
    expect(await digest()).toMatchObject({ heads: 1, objects: 0 })
    expect(await findings()).toEqual([])
  })

  it('names what was changed since the last one, each time, and does not vouch for it', async () => {
    for (const _ of [1, 2, 3]) await audit.write(entryOf(freshId()))
    const before = await objectsOf(store, 'records/')
    const [, [key, body] = ['', Buffer.of()]] = [...before]
    const changed = new Map([...before, [key, withLines(body, (lines) => [...lines, ...lines])]])
    await replaceObjects(store, before, changed)
    const doubled = expect.objectContaining({ kind: 'record-duplicated', key, sequence: 1 })
    expect((await digest())?.findings).toContainEqual(doubled)
    expect((await digest())?.findings).toContainEqual(doubled)
    // What is changed back is as it was.
    await replaceObjects(store, changed, before)
    expect(await digest()).toMatchObject({ objects: 2, findings: [] })
    expect(await findings()).toEqual([])
  })

  it('is written, and all else is verified, when there is an object that S3 does not hand out', async () => {
    await audit.write(entryOf(freshId()))
    const [key = ''] = (await objectsOf(store, 'records/')).keys()
    refuse(key, archived)
    const unreadable = {
      kind: 'object-unreadable',
      key,
      sequence: 0,
      message: `S3 does not hand it out: InvalidObjectState: ${archived.message}`,
    }
    expect(await digest()).toMatchObject({ heads: 0, findings: [unreadable] })
    await audit.write(entryOf(freshId()))
    const other = createAudit({
      bucket: store.bucket,
      node: 'other',
      client: clientOptions(await sandbox.credentials('home')),
      clock: { now: () => now },
    })
    await other.write(entryOf(freshId()))
    expect(await digest()).toMatchObject({ heads: 1, findings: [unreadable] })
    expect(await findings()).toEqual([unreadable])
  })

  it('is named when it is the one that S3 does not hand out, and none is written after it', async () => {
    for (const _ of [0, 1]) await digest()
    const key = 'digests/000000000001.json'
    refuse(key, archived)
    await expect(digest()).rejects.toThrow(archived)
    expect(await findings()).toMatchObject([{ kind: 'digest-unreadable', key, sequence: 1 }])
  })

  it('is not verified by who may not read it, who is told so once', async () => {
    await digest()
    const denied = Object.assign(new Error('not authorized to perform: s3:GetObject'), { name: 'AccessDenied' })
    refuse('digests/000000000000.json', Object.assign(denied, { $metadata: { httpStatusCode: 403 } }))
    await expect(findings()).rejects.toThrow(denied)
  })

  it('catches up after a pause, two hours at a time, and has every hour', async () => {
    for (const _ of [1, 2, 3, 4, 5]) {
      await audit.write(entryOf(freshId()))
      now += hour
    }
    const written: (WrittenDigest | undefined)[] = []
    do written.push(await digest())
    while (written.at(-1)?.complete === false)
    expect(written.map((one) => one?.objects)).toEqual([2, 2, 1])
    expect(await findings()).toEqual([])
  })

  it('goes on after its key was replaced, when it is told which one was', async () => {
    await digest()
    const replaced = signer
    signer = await makeSigningKey(clientOptions(await sandbox.credentials('home')))
    await expect(digest()).rejects.toThrow(`is not signed by ${signer.keyId};`)
    const replacing = { ...store, ...signer, replacedKeyId: replaced.keyId, clock: { now: () => now } }
    expect(await writeDigest(replacing)).toMatchObject({ sequence: 1 })
    // The key that was replaced is not asked for any more.
    expect(await writeDigest({ ...replacing, replacedKeyId: 'gone' })).toMatchObject({ sequence: 2 })
    expect(await digest()).toMatchObject({ sequence: 3 })
    const keys = await Promise.all([replaced, signer].map(({ kms, keyId }) => signingKey(kms, keyId)))
    expect(await all(verifyAudit({ ...store, publicKeys: keys, clock: { now: () => now } }))).toEqual([])
  })

  it('is not written after one that another key has signed, or that was put there by somebody', async () => {
    await digest()
    const other = await makeSigningKey(clientOptions(await sandbox.credentials('home')))
    await expect(writeDigest({ ...store, ...other })).rejects.toThrow(DigestError)
    await replaceObjects(store, new Map(), new Map([['digests/000000000001.json', Buffer.from('{}')]]))
    await expect(digest()).rejects.toThrow('digests/000000000001.json is not one that can be read')
  })

  it('has its number whatever others there are: the newest one is found among many', async () => {
    for (let sequence = 0; sequence < 11; sequence += 1) expect((await digest())?.sequence).toBe(sequence)
    expect(await findings()).toEqual([])
  })

  it("has its number with strangers' keys among the digests, and these are named", async () => {
    for (const _ of [0, 1]) await digest()
    const strange = ['digests/000000000000.json.bak', 'digests/000000000001.json.bak', 'digests/a']
    await replaceObjects(store, new Map(), new Map(strange.map((key) => [key, Buffer.from('{}')])))
    for (const sequence of [2, 3]) expect((await digest())?.sequence).toBe(sequence)
    expect((await findings()).map(({ kind, key }) => [kind, key])).toEqual(
      strange.map((key) => ['object-foreign', key]),
    )
  })
})
