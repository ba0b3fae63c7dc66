import type { CredentialVendor } from '@causeway-aws/grants/apps'
import type { Problem } from './problem.ts'
import type { Tokens } from './token.ts'

/** What both entries answer with. */
export interface EntryContext {
  readonly tokens: Tokens
  readonly vendor: CredentialVendor
  readonly signal: AbortSignal
  /** What a refusal, or a failure, is told as; it has been told to the log then. */
  readonly problemFor: (error: unknown) => Problem
}
