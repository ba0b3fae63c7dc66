/// <reference path="./untyped.d.ts" />
import { AsyncLocalStorage } from 'node:async_hooks'
import Connection from 'kafkajs/src/network/connection.js'

const current = new AsyncLocalStorage<Connections>()
const { connect } = Connection.prototype

/**
 * The connections of a consumer or an admin of kafkajs. Told to disconnect, kafkajs 2.2.4 goes on with what it asks anew
 * because it has failed, and connects for it. Nobody would end that connection, and it keeps the process.
 */
export class Connections {
  readonly #made = new Set<Connection>()
  #hasEnded = false

  /** Begins something that connects by these. */
  within<Result>(begin: () => Result): Result {
    mindConnections()
    return current.run(this, begin)
  }

  /** Whether one may be made, which then is one of these. */
  admit(connection: Connection): boolean {
    this.#made.add(connection)
    return !this.#hasEnded
  }

  /** Ends all of them; none is made any more. */
  async end(): Promise<void> {
    this.#hasEnded = true
    await Promise.all([...this.#made].map((connection) => connection.disconnect()))
  }
}

/** What kafkajs does not ask anew after. */
class DisconnectedError extends Error {
  readonly retriable = false
}

/**
 * Has kafkajs connect by the {@link Connections} that it is within. Besides, several requests that find the same connection
 * broken each connect it anew in kafkajs 2.2.4, and only the last socket is ever closed: the others keep no process.
 */
export function mindConnections(): void {
  Connection.prototype.connect = function () {
    if (current.getStore()?.admit(this) === false) return Promise.reject(new DisconnectedError('Disconnected'))
    const before = this.socket
    const connected = connect.call(this)
    if (before !== this.socket) before?.unref()
    return connected
  }
}
