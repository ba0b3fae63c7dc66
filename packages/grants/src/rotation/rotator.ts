/** What an earlier run left: the credentials of versions that never became AWSCURRENT, as far as they were stored. */
export interface Creation<Value> {
  /** What AWSCURRENT holds. */
  readonly current: Value
  /** What versions hold that were made and given up. Nobody was ever given them. */
  readonly abandoned: readonly Value[]
  readonly signal?: AbortSignal | undefined
}

/** What the steps after {@link Rotator.create} are given. */
export interface Change<Value> {
  /** What AWSCURRENT holds; after `finish` that is the new one. */
  readonly current: Value
  readonly signal?: AbortSignal | undefined
}

/**
 * How one kind of credential is rotated, whatever keeps it. Secrets Manager's part (versions, their labels, what is
 * pending and for how long the old one is kept) is done around it, by `rotate` and `retireDue`.
 *
 * Each step may be cut off at any point, and is then run again from its beginning: it looks what is there before it makes
 * anything, and what is there already is not an error. What it throws may be logged; it names the credential by its id.
 *
 * @typeParam Value - What a version of the secret holds.
 *
 * @example
 * ```ts
 * import type { Rotator } from '@causeway-aws/grants/rotation'
 *
 * // A word that two of our own functions say to each other: AWSCURRENT and AWSPREVIOUS are both taken, and nobody is told.
 * export const word: Rotator<string> = {
 *   parse: (text) => text,
 *   format: (value) => value,
 *   secretOf: (value) => value,
 *   create: async () => crypto.randomUUID(),
 *   set: async () => {},
 *   test: async () => {},
 *   retire: async () => 'retired',
 * }
 * ```
 */
export interface Rotator<Value> {
  /** Reads what a version holds. Throws an error that names what is missing, and repeats nothing. */
  parse(text: string): Value
  /** What a version is to hold. */
  format(value: Value): string
  /** The part of a value that nobody may see: it is taken out of every error. */
  secretOf(value: Value): string
  /**
   * Makes a new credential beside the current one, or thinks of one that `set` makes. First it removes what an earlier run
   * left at the service, and refuses to go on where AWSCURRENT is not a working credential of what is rotated: whoever may
   * write the secret must not get somebody else's.
   */
  create(run: Creation<Value>): Promise<Value>
  /** Makes the service take the new credential, while it still takes the current one. */
  set(pending: Value, change: Change<Value>): Promise<void>
  /** Uses the new credential as its owner will. Rejects, saying why, when it does not work. */
  test(pending: Value, change: Change<Value>): Promise<void>
  /** What is left to do when clients get the new one. */
  finish?(change: Change<Value>): Promise<void>
  /**
   * Takes away a credential that was replaced, when no client can hold it any more. Answers `later` where there is one step
   * more, which is to be as long after this one. Never touches the current one.
   */
  retire(replaced: Value, change: Change<Value>): Promise<'retired' | 'later'>
}
