import type { Sandbox } from '@causeway-aws/sandbox'
import type { FaultProxy } from '../proxy.ts'
import type { TestQueue } from '../queue.ts'
import type { NodeAudit } from './audit.ts'

/** A node that takes messages from an edge, wherever it runs. */
export interface Node extends AsyncDisposable {
  readonly queueUrl: string
  readonly deadLetterQueueUrl: string
  readonly tableName: string
  begin(): Promise<void>
  /** Ends its processes at once, as a kernel does that is out of memory, and answers how many. They come back. */
  kill(): Promise<number>
  /** Ends it as it is ended in production. When it is disposed of before, it is ended as it can be. */
  end(): Promise<void>
}

/** Where a node is, and between what. */
export interface NodeSettings {
  readonly sandbox: Sandbox
  readonly name: string
  readonly fifo: boolean
  readonly target: TestQueue
  readonly audit: NodeAudit
  /** Stands between it and AWS. */
  readonly proxy: FaultProxy
}

/** Runs of a message until it is given up: two that fail, as many that are killed, and some that are refused. */
export const maxAttempts = 6
