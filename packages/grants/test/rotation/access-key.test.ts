import { describe, expect, it } from 'vitest'
import { accessKey } from '../../src/rotation/access-key.ts'
import { fakeClock } from './fake-clock.ts'
import { fakeIam } from './fake-iam.ts'

const opened = () => {
  const user = fakeIam('legacy-sender')
  const rotator = accessKey({ userName: 'legacy-sender', iam: user.iam, stsAs: user.stsAs, clock: fakeClock() })
  return { user, rotator, current: user.make() }
}

describe('the rotator of an access key', () => {
  it('deletes a key that a run has made and not stored, which nobody ever used', async () => {
    const { user, rotator, current } = opened()
    const orphan = user.make()
    const made = await rotator.create({ current, abandoned: [] })
    expect([...user.keys.keys()]).toEqual([current.accessKeyId, made.accessKeyId])
    expect(user.works(orphan)).toBe(false)
  })

  it('deletes a key that was stored and given up, though the test has used it', async () => {
    const { user, rotator, current } = opened()
    const abandoned = user.make()
    Object.assign(user.keys.get(abandoned.accessKeyId) ?? {}, { lastUsed: new Date() })
    await rotator.create({ current, abandoned: [abandoned] })
    expect(user.works(abandoned)).toBe(false)
  })

  it('leaves alone a key that somebody uses, and says which it is and when that was', async () => {
    const { user, rotator, current } = opened()
    const theirs = user.make()
    Object.assign(user.keys.get(theirs.accessKeyId) ?? {}, { lastUsed: new Date('2026-01-22T10:00:00Z') })
    await expect(rotator.create({ current, abandoned: [] })).rejects.toMatchObject({
      code: 'CredentialInUse',
      message: expect.stringContaining(
        `${theirs.accessKeyId}, which is in no version of the secret and was used on 2026-01-22T10:00:00.000Z for s3`,
      ),
    })
    expect(user.works(theirs)).toBe(true)
  })

  it.each([
    [
      'is of another user',
      'another-sender',
      'of arn:aws:iam::111111111111:user/senders/legacy-sender, and the tag of the secret says another-sender',
    ],
    ['is of a user whose name only ends so', 'sender', 'the tag of the secret says sender'],
  ])('makes nothing where the key in AWSCURRENT %s', async (_, userName, sentence) => {
    const { user, current } = opened()
    const rotator = accessKey({ userName, iam: user.iam, stsAs: user.stsAs })
    await expect(rotator.create({ current, abandoned: [] })).rejects.toMatchObject({
      code: 'WrongCredential',
      message: expect.stringContaining(sentence),
    })
    expect(user.keys.size).toBe(1)
  })

  it('makes nothing where the key in AWSCURRENT is of a user of that name in another account', async () => {
    const { user, current } = opened()
    const stranger = fakeIam('legacy-sender', { account: '999999999999' })
    const theirs = { ...stranger.make(), accessKeyId: 'AKIASTRANGER' }
    const stsAs = () => stranger.stsAs(stranger.make())
    const rotator = accessKey({ userName: 'legacy-sender', iam: user.iam, stsAs })
    await expect(rotator.create({ current: theirs, abandoned: [] })).rejects.toMatchObject({
      code: 'WrongCredential',
      message: expect.stringContaining(
        'AKIASTRANGER of arn:aws:iam::999999999999:user/senders/legacy-sender, which is none of the user legacy-sender of this account',
      ),
    })
    expect([...user.keys.keys()]).toEqual([current.accessKeyId])
  })

  it('makes nothing for whoever knows only the id of the key', async () => {
    const { user, rotator, current } = opened()
    const guessed = { ...current, secretAccessKey: 'guessed' }
    await expect(rotator.create({ current: guessed, abandoned: [] })).rejects.toMatchObject({
      code: 'WrongCredential',
      message: expect.stringContaining('(SignatureDoesNotMatch)'),
    })
    expect(user.keys.size).toBe(1)
  })

  it('does not wait for a new key that is refused for another reason than that it is new', async () => {
    const { rotator, current } = opened()
    const pending = { ...current, secretAccessKey: 'wrong' }
    await expect(rotator.test(pending, { current })).rejects.toThrow('The signature does not match.')
  })

  it('leaves the old key to a user who would be without one', async () => {
    const { user, rotator, current } = opened()
    const old = user.make()
    Object.assign(user.keys.get(current.accessKeyId) ?? {}, { Status: 'Inactive' })
    await expect(rotator.retire(old, { current })).rejects.toMatchObject({ code: 'WrongCredential' })
    expect(user.works(old)).toBe(true)
  })

  it('has nothing to retire where the key is gone, or is the current one', async () => {
    const { user, rotator, current } = opened()
    expect(await rotator.retire({ ...current, accessKeyId: 'AKIAGONE' }, { current })).toBe('retired')
    expect(await rotator.retire(current, { current })).toBe('retired')
    expect(user.works(current)).toBe(true)
  })

  it.each([
    ['no JSON', 'hunter2-hunter2', 'it is not JSON. Expected a JSON object with "accessKeyId" and "secretAccessKey".'],
    ['no object', '["hunter2-hunter2"]', 'Expected a JSON object'],
    ['half a key', '{"accessKeyId":"hunter2-hunter2"}', '"secretAccessKey" is missing, or no text.'],
    ['no text', '{"accessKeyId":"hunter2-hunter2","secretAccessKey":1}', '"secretAccessKey" is missing, or no text.'],
  ])('says of a value that is %s what it has to be, and repeats nothing of it', (_, text, sentence) => {
    const { rotator } = opened()
    expect(() => rotator.parse(text)).toThrow(sentence)
    expect(() => rotator.parse(text)).not.toThrow('hunter2')
  })
})
