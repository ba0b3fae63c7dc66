/// <reference path="./untyped.d.ts" />
import Connection from 'kafkajs/src/network/connection.js'

const connect = Connection.prototype.connect

/**
 * Several requests that find the same connection broken each connect it anew in kafkajs 2.2.4, and only the last socket is
 * ever closed. The others would keep the process from ending.
 */
export function unrefReplacedSockets(): void {
  Connection.prototype.connect = function () {
    const before = this.socket
    const connected = connect.call(this)
    if (before !== this.socket) before?.unref()
    return connected
  }
}
