import { CausewayError } from './error.ts'

/**
 * The credential vendor has refused, or could not answer.
 *
 * @example
 * ```ts
 * import { VendorRefused } from '@causeway-aws/auth'
 *
 * export const isDisabled = (error: unknown): boolean => error instanceof VendorRefused && error.status === 403
 * ```
 */
export class VendorRefused extends CausewayError {
  /** Of the HTTP answer; of one by GraphQL it is 200 where a field alone is refused. */
  readonly status: number

  constructor(
    app: string,
    status: number,
    detail: string,
    { retryable = status === 429 || status >= 500 }: { retryable?: boolean } = {},
  ) {
    super(`The credential vendor gives the app ${app} nothing (status ${status}): ${detail}`, {
      code: 'VendorRefused',
      retryable,
    })
    this.status = status
  }
}
