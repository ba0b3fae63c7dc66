import * as v from 'valibot'

/** A whole number of 1 or more. */
export const countSchema: v.GenericSchema<number> = v.pipe(
  v.number('must be a number'),
  v.safeInteger('must be a whole number'),
  v.minValue(1, 'must be 1 or more'),
)
