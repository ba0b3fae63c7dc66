import * as v from 'valibot'

/** Who has made a version of a record, when, by what. */
export interface Change {
  /** ARN of the caller. */
  by: string
  /** In ISO 8601. */
  at: string
  /** `create`, `accept`… */
  what: string
}

/** What is kept in versions says which of them it is: 1 when it is new. */
export interface Versioned {
  version: number
}

/** A change, as it is read and as it is written. */
export const changeEntries: {
  readonly by: v.StringSchema<undefined>
  readonly at: v.StringSchema<undefined>
  readonly what: v.StringSchema<undefined>
} = { by: v.string(), at: v.string(), what: v.string() }
