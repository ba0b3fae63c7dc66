export { type Clock, systemClock } from './clock.ts'
export { CausewayError, type CausewayErrorOptions } from './error.ts'
export { InvalidOptions } from './options.ts'
export type { OnWarning, Warning } from './warning.ts'
