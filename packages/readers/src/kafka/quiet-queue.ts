/// <reference path="./untyped.d.ts" />
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js'

const schedule = RequestQueue.prototype.scheduleCheckPendingRequests

/**
 * kafkajs 2.2.4 looks after each answer whether a request waits because the broker throttles, by a timer of a negative
 * duration: Node 24 warns of it. Without a request that waits there is nothing to look after.
 * https://github.com/tulios/kafkajs/issues/1751
 */
export function quietQueue(): void {
  RequestQueue.prototype.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this)
  }
}
