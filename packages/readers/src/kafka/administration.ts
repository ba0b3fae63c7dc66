import { setTimeout as sleep } from 'node:timers/promises'
import { fullJitter } from '@causeway-aws/edge'
import type { Admin, Kafka } from 'kafkajs'
import { kafkaError } from './error.ts'

export interface AdministrationOptions {
  readonly client: Kafka
  readonly topic: string
  readonly patience: number
}

/** Asks what no consumer is asked: how far a topic goes, and a group has come. */
export class Administration {
  readonly #options: AdministrationOptions
  #connected: Promise<Admin> | undefined

  constructor(options: AdministrationOptions) {
    this.#options = options
  }

  /**
   * Asks until Kafka answers, or has failed for too long. Each time by a new connection: one whose credentials were
   * refused in the middle is good for nothing any more.
   */
  async ask<Answer>(what: string, question: (admin: Admin) => Promise<Answer>): Promise<Answer> {
    const began = performance.now()
    for (let failed = 1; ; failed += 1) {
      try {
        this.#connected ??= this.#connect()
        return await question(await this.#connected)
      } catch (error) {
        await this.leave()
        const failure = kafkaError(this.#options.topic, what, error)
        if (!failure.retryable || performance.now() - began > this.#options.patience) throw failure
      }
      await sleep(backoff(failed))
    }
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

const backoff = fullJitter({ baseDelay: 500, maxDelay: 15_000 })
