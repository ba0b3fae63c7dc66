import { describe, it } from 'vitest'
import { testSandbox } from '../sandbox.ts'
import { consumerNode } from './once/consumer-node.ts'
import { functionNode } from './once/function-node.ts'
import { runUnderFaults } from './once/run.ts'
import { messageCount, seed } from './settings.ts'
import { round } from './soak/rounds.ts'

const sandbox = testSandbox()

const nodes = [
  { title: 'A function', name: 'function', createNode: functionNode },
  { title: 'A consumer', name: 'consumer', createNode: consumerNode },
]

describe.concurrent.each(nodes)('$title that is killed three times and refused at random', (node) => {
  it(
    'takes each good message to a FIFO target exactly once and in order, gives up those that always fail, and accounts for all',
    () => round(seed, () => runUnderFaults(sandbox, { ...node, name: `${node.name}-fifo`, fifo: true })),
    300_000 + messageCount * 200,
  )

  it(
    'on a standard edge that delivers messages twice, and thrice, has each take effect once, and accounts for all',
    () => round(seed, () => runUnderFaults(sandbox, { ...node, name: `${node.name}-standard`, fifo: false })),
    300_000 + messageCount * 200,
  )
})
