import { createMessage, type Message } from '@causeway-aws/edge'
import { fraction } from '../seeded.ts'
import { messageCount, seed } from '../settings.ts'
import type { Fate } from './process.ts'

/** What is sent to a node, and what is to become of it. */
export interface Plan {
  readonly messages: readonly Message[]
  readonly good: readonly Message[]
  /** The bodies of those that always fail. */
  readonly bad: ReadonlySet<string>
}

const groups = 100

/**
 * Of a hundred messages one always fails, and five fail once or twice, before they send or after that. On a standard
 * edge some take longer than they are hidden for.
 */
export function planOf(runs: string, { fifo }: { fifo: boolean }): Plan {
  const share = (number: number, what: string) => fraction(`${seed} ${what} ${number}`)
  const numbers = Array.from({ length: messageCount }, (_, number) => number)
  const unlucky = numbers.toSorted((a, b) => share(a, 'luck') - share(b, 'luck'))
  const always = new Set(unlucky.slice(0, messageCount / 100))
  const sometimes = new Set(unlucky.slice(messageCount / 100, messageCount * 0.06))
  const fateOf = (number: number): Fate => ({
    number,
    failing: always.has(number) ? 'each' : sometimes.has(number) ? 1 + Math.round(share(number, 'runs')) : 0,
    late: !always.has(number) && share(number, 'late') < 0.5,
    takes: !fifo && share(number, 'takes') < 0.01 ? 1_200 : 0,
    runs,
  })
  const messages = numbers.map((number) =>
    createMessage({
      type: 'work',
      body: JSON.stringify(fateOf(number)),
      ...(fifo && { groupId: `${number % groups}` }),
    }),
  )
  const isBad = (_: Message, number: number) => always.has(number)
  return {
    messages,
    good: messages.filter((message, number) => !isBad(message, number)),
    bad: new Set(messages.filter(isBad).map(({ body }) => body)),
  }
}
