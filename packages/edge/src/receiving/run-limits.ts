/** One run of one message. */
export interface RunLimits {
  readonly signal: AbortSignal
  /** Cuts what remembers messages and gives them up: comes after `signal`, when what was run is to be noted. */
  readonly closing: AbortSignal
  /** When whoever runs it is ended, in milliseconds since 1970: until then nobody else may run it. */
  readonly until: number
  /** Whether a run that began then, in milliseconds since 1970, was cut before it had the time that a message is given. */
  isCutShort(begun: number): boolean
}
