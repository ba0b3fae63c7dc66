import * as v from 'valibot'

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
export const bucket: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket, not its ARN'),
)

// Without the slash at its end, the prefix `orders` would take in the neighbour `orders-private/`.
export const prefix: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.regex(/^[^*?$]*\/$/, 'must end with a slash, without wildcards: orders/'),
)

export const prefixOrWholeBucket: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.regex(/^(?:[^*?$]*\/)?$/, 'must end with a slash, without wildcards (orders/), or be empty for the whole bucket'),
)
