import type { Admin, Kafka } from 'kafkajs'
import { Patience, persistently } from '../persistently.ts'
import { kafkaError } from './error.ts'

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

  constructor(options: AdministrationOptions) {
    this.#options = options
    this.#patience = new Patience(options.patience)
  }

  /**
   * Asks until Kafka answers, or has failed for too long. Each time by a new connection: one whose credentials were
   * refused in the middle is good for nothing any more.
   */
  ask<Answer>(what: string, signal: AbortSignal, question: (admin: Admin) => Promise<Answer>): Promise<Answer> {
    const failure = (error: unknown) => kafkaError(this.#options.topic, what, error)
    return persistently({ patience: this.#patience, signal, failure }, async () => {
      try {
        this.#connected ??= this.#connect()
        return await question(await this.#connected)
      } catch (error) {
        await this.leave()
        throw error
      }
    })
  }

  async leave(): Promise<void> {
    const connected = this.#connected
    this.#connected = undefined
    await connected?.then((admin) => admin.disconnect()).catch(() => {})
  }

  async #connect(): Promise<Admin> {
    const admin = this.#options.client.admin()
    await admin.connect()
    return admin
  }
}
