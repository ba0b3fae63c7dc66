import { beforeAll, describe, it } from 'vitest'
import { testSandbox } from '../sandbox.ts'
import { deployTestStacks, externalIds } from '../stacks.ts'
import type { Role } from './session.ts'
import { repeatedBy, seconds, seed } from './settings.ts'
import { soakEdges } from './soak/edges.ts'
import { round } from './soak/rounds.ts'
import { soakSessions } from './soak/sessions.ts'
import { soakWay } from './soak/way.ts'

const sandbox = testSandbox()
let role: Role

beforeAll(async () => {
  process.stdout.write(`${seconds} s of faults; to repeat them: ${repeatedBy(seed)}\n`)
  const { invoices } = await deployTestStacks(sandbox)
  role = { roleArn: invoices.SenderRoleArn ?? '', externalId: externalIds[0] }
})

// A round may begin when the time is over, and a message whose run was not noted waits for a minute.
describe.concurrent('under faults of every kind', { timeout: seconds * 1_000 + 240_000 }, () => {
  it('a FIFO edge takes every message exactly once, in the order of its group', () =>
    soakEdges(sandbox, { fifo: true }))

  it('a standard edge takes every message at least once', () => soakEdges(sandbox, { fifo: false }))

  it('a session is served until it ends and not after, and there is a new one as soon as STS gives it', () =>
    round(seed, () => soakSessions(sandbox, role)))

  it('every message goes the whole way exactly once, in the order of its group, and leaves no edge before it is on the next', () =>
    soakWay(sandbox))
})
