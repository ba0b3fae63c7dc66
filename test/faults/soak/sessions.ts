import { setTimeout as sleep } from 'node:timers/promises'
import { STSClient } from '@aws-sdk/client-sts'
import { refreshing } from '@causeway-aws/auth'
import { clientOptions, type Sandbox } from '@causeway-aws/sandbox'
import { expect, vi } from 'vitest'
import { answerLost, badGateway, hang, internalError, reset, throttling, unavailable } from '../faults.ts'
import { startFaultProxy } from '../proxy.ts'
import { seeded } from '../seeded.ts'
import { assume, type Role, whoIs } from '../session.ts'
import { seconds, seed } from '../settings.ts'
import { report } from './rounds.ts'

const faults = [reset, answerLost, unavailable, badGateway, throttling, internalError, hang]

/** Twenty callers of one provider, of whose calls to STS more than half fail. Its sessions last three seconds. */
export async function soakSessions(sandbox: Sandbox, role: Role): Promise<void> {
  const options = clientOptions(await sandbox.credentials('partner'))
  await using proxy = await startFaultProxy(options.endpoint)
  const requestHandler = { requestTimeout: 300, throwOnRequestTimeout: true }
  const sts = new STSClient({ ...options, endpoint: proxy.endpoint, maxAttempts: 1, requestHandler })
  const counts = { served: 0, refused: 0, renewalsFailed: 0, acceptedByAws: 0, ended: 0 }
  const onWarning = () => {
    counts.renewalsFailed += 1
  }
  const credentials = refreshing(() => assume(sts, role, 3), { onWarning })
  const sessions = new Set<string>()

  async function call(): Promise<void> {
    const asked = Date.now()
    const served = await credentials().catch(() => undefined)
    if (served?.expiration === undefined) {
      counts.refused += 1
      return
    }
    counts.served += 1
    sessions.add(served.accessKeyId)
    if (served.expiration.getTime() <= asked) counts.ended += 1
    // Not for the last half second, in which it may end on its way.
    if (counts.served % 100 === 1 && served.expiration.getTime() > Date.now() + 500) {
      expect(await whoIs(served, options)).toMatch(/:assumed-role\//)
      counts.acceptedByAws += 1
    }
  }

  await call()
  proxy.inject = seeded(
    seed,
    faults.map((fault) => [fault, 0.08]),
  )
  const end = performance.now() + seconds * 1_000
  const caller = async () => {
    for (; performance.now() < end; await sleep(20)) await call()
  }
  await Promise.all(Array.from({ length: 20 }, caller))
  report('Sessions', { sessions: sessions.size, ...counts }, proxy)
  expect(counts.ended).toBe(0)
  expect(counts.acceptedByAws).toBeGreaterThan(0)

  proxy.inject = () => undefined
  // The last failure answers for another second.
  const recovered = await vi.waitFor(credentials, { timeout: 5_000 })
  expect(await whoIs(recovered, options)).toMatch(/:assumed-role\//)
}
