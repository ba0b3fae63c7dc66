import { describe, expect, it } from 'vitest'
import { alternatingUsers, type UserValue } from '../../src/rotation/alternating-users.ts'

/** A database that says what it is asked. */
function opened() {
  const passwords = new Map([['orders', 'first-password-of-orders']])
  const asked: string[] = []
  const rotator = alternatingUsers({
    database: {
      async signIn({ username, password }) {
        if (passwords.get(username) !== password)
          throw new Error(`password authentication failed for user "${username}"`)
      },
      async setPassword({ username, password }, rightsOf) {
        asked.push(`${username} as ${rightsOf}`)
        passwords.set(username, password)
      },
      async lock(username) {
        asked.push(`lock ${username}`)
        passwords.delete(username)
      },
    },
  })
  return { rotator, asked, current: { username: 'orders', password: 'first-password-of-orders' } }
}

const victim: UserValue = { username: 'payments', password: 'chosen-by-whoever-writes-the-secret' }

describe('users who take turns', () => {
  it('are the one in AWSCURRENT and the one that is called so and _clone, in turn', async () => {
    const { rotator, asked, current } = opened()
    const second = await rotator.create({ current, abandoned: [] })
    await rotator.set(second, { current })
    const third = await rotator.create({ current: second, abandoned: [] })
    await rotator.set(third, { current: second })
    expect(asked).toEqual(['orders_clone as orders', 'orders as orders_clone'])
  })

  it('have no password of another user set, whatever a version of the secret says', async () => {
    const { rotator, asked, current } = opened()
    for (const pending of [victim, { ...current, password: victim.password }]) {
      await expect(rotator.set(pending, { current })).rejects.toMatchObject({ code: 'WrongCredential' })
    }
    const forged = { username: 'payments_clone', password: victim.password }
    await expect(rotator.set(victim, { current: forged })).rejects.toMatchObject({
      code: 'WrongCredential',
      message: expect.stringContaining('does not let in payments_clone with the password in AWSCURRENT'),
    })
    expect(asked).toEqual([])
  })

  it('have no other user locked, whatever a version of the secret says', async () => {
    const { rotator, asked, current } = opened()
    await expect(rotator.retire(victim, { current })).rejects.toMatchObject({ code: 'WrongCredential' })
    const forged = { username: 'payments_clone', password: victim.password }
    await expect(rotator.retire(victim, { current: forged })).rejects.toMatchObject({ code: 'WrongCredential' })
    expect(await rotator.retire(current, { current })).toBe('retired')
    expect(asked).toEqual([])
  })
})
