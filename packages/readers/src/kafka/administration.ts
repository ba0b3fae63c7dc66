import type { Admin, Kafka } from 'kafkajs'
import { Patience, persistently } from '../persistently.ts'
import { SourceError } from '../source-error.ts'
import { Connections } from './connections.ts'
import { failuresUntilBelieved, kafkaError } from './error.ts'

export interface AdministrationOptions {
  readonly client: Kafka
  readonly topic: string
  readonly patience: number
}

/** An admin of kafkajs, and what it has connected. */
interface Connected {
  readonly admin: Admin
  readonly connections: Connections
}

/** Asks what no consumer is asked: how far a topic goes, and a group has come. */
export class Administration {
  readonly #options: AdministrationOptions
  readonly #patience: Patience
  #connected: Promise<Connected> | undefined
  #wasAnswered = false
  #hasLeft = false

  constructor(options: AdministrationOptions) {
    this.#options = options
    this.#patience = new Patience(options.patience)
  }

  /**
   * Asks until Kafka answers, or has failed for too long. Each time by a new connection: one whose credentials were
   * refused in the middle is good for nothing any more.
   */
  ask<Answer>(what: string, signal: AbortSignal, question: (admin: Admin) => Promise<Answer>): Promise<Answer> {
    let failed = 0
    const failure = (error: unknown) => {
      failed += 1
      return kafkaError(this.#options.topic, what, error, this.#wasAnswered || failed < failuresUntilBelieved)
    }
    return persistently({ patience: this.#patience, signal, failure }, async () => {
      // A connection that is made now nobody would end, and the process would not.
      if (this.#hasLeft) throw new SourceError(`${what} of the topic ${this.#options.topic} are asked for no more.`)
      this.#connected ??= this.#connect()
      const connected = this.#connected
      try {
        const { admin, connections } = await connected
        const answer = await connections.within(() => question(admin))
        this.#wasAnswered = true
        return answer
      } catch (error) {
        // Others may have asked by the same one, and be ahead.
        if (this.#connected === connected) await this.#disconnect()
        throw error
      }
    })
  }

  /** Ends it: what is asked for from now on is refused. */
  leave(): Promise<void> {
    this.#hasLeft = true
    return this.#disconnect()
  }

  async #disconnect(): Promise<void> {
    const connected = this.#connected
    this.#connected = undefined
    await connected?.then(disconnect).catch(() => {})
  }

  async #connect(): Promise<Connected> {
    const admin = this.#options.client.admin()
    const connections = new Connections()
    try {
      await connections.within(() => admin.connect())
      return { admin, connections }
    } catch (error) {
      // It may have connected all the same.
      await disconnect({ admin, connections })
      throw error
    }
  }
}

async function disconnect({ admin, connections }: Connected): Promise<void> {
  await admin.disconnect().catch(() => {})
  await connections.end()
}
