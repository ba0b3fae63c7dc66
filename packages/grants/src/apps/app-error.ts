import { CausewayError } from '@causeway-aws/auth'
import { overtaken } from '../versions/differences.ts'
import { type App, type AppVersion, durationLimits } from './app.ts'

/**
 * There is no such app, or none of this user's: the same is said of both, so that nobody learns the names of others' apps.
 *
 * @example
 * ```ts
 * import { AppNotFound, createApps } from '@causeway-aws/grants/apps'
 *
 * const apps = createApps({ table: 'causeway-grants' })
 * export const app = await apps.get('invoices').catch((error: unknown) => {
 *   if (error instanceof AppNotFound) return undefined
 *   throw error
 * })
 * ```
 */
export class AppNotFound extends CausewayError {
  constructor(app: string) {
    super(`There is no app ${app} of yours.`, { code: 'AppNotFound' })
  }
}

/**
 * The app was disabled, so it is given no credentials.
 *
 * @example
 * ```ts
 * import { AppDisabled } from '@causeway-aws/grants/apps'
 *
 * export const isDisabled = (error: unknown): boolean => error instanceof AppDisabled
 * ```
 */
export class AppDisabled extends CausewayError {
  constructor(app: string) {
    super(`The app ${app} is disabled, and is given no credentials. Ask who has registered it.`, {
      code: 'AppDisabled',
    })
  }
}

/**
 * A session of this length is not given.
 *
 * @example
 * ```ts
 * import { DurationRefused } from '@causeway-aws/grants/apps'
 *
 * export const isRefused = (error: unknown): boolean => error instanceof DurationRefused
 * ```
 */
export class DurationRefused extends CausewayError {
  constructor(max: number) {
    super(
      `durationSeconds must be a whole number from ${durationLimits.min} to ${max}; without it, it is 3600 at most.`,
      {
        code: 'DurationRefused',
      },
    )
  }
}

/**
 * A session of more than an hour comes by the user's own ID token, and another kind of token was shown.
 *
 * @example
 * ```ts
 * import { IdTokenNeeded } from '@causeway-aws/grants/apps'
 *
 * export const isNeeded = (error: unknown): boolean => error instanceof IdTokenNeeded
 * ```
 */
export class IdTokenNeeded extends CausewayError {
  constructor() {
    super(
      'A session of more than 3600 s is given for an ID token, and this is an access token. Ask for 3600 s at most, or with the ID token.',
      {
        code: 'IdTokenNeeded',
      },
    )
  }
}

/**
 * What is to be cut is no name of a session.
 *
 * @example
 * ```ts
 * import { SessionRefused } from '@causeway-aws/grants/apps'
 *
 * export const isRefused = (error: unknown): boolean => error instanceof SessionRefused
 * ```
 */
export class SessionRefused extends CausewayError {
  constructor() {
    super(
      'session must be the name of a session, which its credentials came with: 2 to 64 letters, digits and _ + = , . @ -; without it, all are cut.',
      { code: 'SessionRefused' },
    )
  }
}

/**
 * The app has asked too often in this minute.
 *
 * @example
 * ```ts
 * import { AppThrottled } from '@causeway-aws/grants/apps'
 *
 * export const wait = (error: unknown): number => (error instanceof AppThrottled ? error.retryAfter : 0)
 * ```
 */
export class AppThrottled extends CausewayError {
  /** In seconds. */
  readonly retryAfter: number

  constructor(app: string, retryAfter: number) {
    super(`The app ${app} asks too often. Ask again in ${retryAfter} s.`, {
      code: 'AppThrottled',
      retryable: true,
    })
    this.retryAfter = retryAfter
  }
}

/**
 * The app uses nothing by credentials that could be given to it.
 *
 * @example
 * ```ts
 * import { NothingToVend } from '@causeway-aws/grants/apps'
 *
 * export const usesItsOwnRole = (error: unknown): boolean => error instanceof NothingToVend
 * ```
 */
export class NothingToVend extends CausewayError {
  constructor(app: string) {
    super(
      `The app ${app} uses its edges by a role of its own, and has nothing else. Its iam-policy says what that role needs.`,
      {
        code: 'NothingToVend',
      },
    )
  }
}

/**
 * There is an app of that name already, or a role that is not the app's has its name.
 *
 * @example
 * ```ts
 * import { AppExists } from '@causeway-aws/grants/apps'
 *
 * export const isTaken = (error: unknown): boolean => error instanceof AppExists
 * ```
 */
export class AppExists extends CausewayError {
  constructor(message: string, cause?: unknown) {
    super(message, { code: 'AppExists', cause })
  }
}

/**
 * Somebody else has changed the app since it was read. Nothing was written.
 *
 * @example
 * ```ts
 * import { AppConflict, createApps } from '@causeway-aws/grants/apps'
 *
 * const apps = createApps({ table: 'causeway-grants' })
 * await apps.disable('orders').catch((error: unknown) => {
 *   if (!(error instanceof AppConflict)) throw error
 *   process.stderr.write(`${error.message}\n`)
 * })
 * ```
 */
export class AppConflict extends CausewayError {
  /** The fields that are different now. */
  readonly changed: readonly string[]

  constructor(app: App, now: AppVersion | undefined, cause?: unknown) {
    const { message, changed } = overtaken(`The app ${app.app}`, app, now && { ...now, record: now.app })
    super(message, { code: 'AppConflict', cause })
    this.changed = changed
  }
}
