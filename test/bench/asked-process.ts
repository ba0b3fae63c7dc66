import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A process that is asked by messages, one at a time, and ends when this is disposed of. */
export interface AskedProcess<Question, Answer> extends AsyncDisposable {
  ask(question: Question): Promise<Answer>
}

export function startProcess<Question extends object, Answer>(
  file: URL,
  args: readonly string[] = [],
): AskedProcess<Question, Answer> {
  // Bare kafkajs asks for timers that Node warns of.
  const execArgv = [...process.execArgv, '--expose-gc', '--disable-warning=TimeoutNegativeWarning']
  const child = fork(fileURLToPath(file), args, { execArgv })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${fileURLToPath(file)} has ended with ${code}`)
  })
  ended.catch(() => {}) // who waits for an answer is told
  return {
    async ask(question) {
      child.send(question)
      const [answer] = await Promise.race([once(child, 'message'), ended])
      return answer
    },
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect()
      await ended.catch(() => {})
    },
  }
}
