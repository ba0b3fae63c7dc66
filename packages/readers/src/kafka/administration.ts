import type { Admin, Kafka } from 'kafkajs'
import { Patience, persistently } from '../persistently.ts'
import { SourceError } from '../source-error.ts'
import { failuresUntilBelieved, kafkaError } from './error.ts'

export interface AdministrationOptions {
  readonly client: Kafka
  readonly topic: string
  readonly patience: number
}

/** Asks what no consumer is asked: how far a topic goes, and a group has come. */
export class Administration {
  readonly #options: AdministrationOptions
  readonly #patience: Patience
  #connected: Promise<Admin> | undefined
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
        const answer = await question(await connected)
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
    await connected?.then((admin) => admin.disconnect()).catch(() => {})
  }

  async #connect(): Promise<Admin> {
    const admin = this.#options.client.admin()
    try {
      await admin.connect()
      return admin
    } catch (error) {
      // It may have connections all the same, which would keep the process.
      await admin.disconnect().catch(() => {})
      throw error
    }
  }
}
