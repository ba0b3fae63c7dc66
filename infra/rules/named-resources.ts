import { isList, isObject, type Template, type Value } from './template.ts'

/** Actions that are only allowed on what is named, each by itself. */
export interface OnNamed {
  readonly actions: RegExp
  /** What they are, for people. */
  readonly what: string
  /** The ARN of one. */
  readonly arn: RegExp
  readonly example: string
}

const onNamed: readonly OnNamed[] = [
  // What rotation does with the access keys of users. It makes nobody more than the user is.
  {
    actions: /^iam:((Create|Delete|Update)AccessKey|ListAccessKeys|GetAccessKeyLastUsed)$/,
    what: 'users',
    arn: /^arn:aws:iam::\d{12}:user\/[\w+=.@/-]+$/,
    example: 'arn:aws:iam::111111111111:user/orders',
  },
  // Whoever writes the policy of one of these can let in anybody.
  {
    actions: /^sqs:(SetQueueAttributes|(Add|Remove)Permission)$/,
    what: 'queues',
    arn: /^arn:aws:sqs:[\w-]+:\d{12}:[\w-]+(\.fifo)?$/,
    example: 'arn:aws:sqs:eu-west-1:111111111111:orders',
  },
  {
    actions: /^kms:PutKeyPolicy$/,
    what: 'keys',
    arn: /^arn:aws:kms:[\w-]+:\d{12}:key\/[\w-]+$/,
    example: 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  },
  {
    actions: /^s3:(Put|Delete)BucketPolicy$/,
    what: 'buckets',
    arn: /^arn:aws:s3:::[a-z0-9.-]+$/,
    example: 'arn:aws:s3:::orders',
  },
]

/** What an action has to be about, where that has to be named. */
export const namedBy = (action: string): OnNamed | undefined => onNamed.find(({ actions }) => actions.test(action))

/** An ARN of such a one, or a parameter of one or more that takes nothing else. */
export function isNamed(resource: Value, { arn, example }: OnNamed, { Parameters = {} }: Template): boolean {
  const list = isObject(resource) && isList(resource['Fn::Split']) ? resource['Fn::Split'][1] : resource
  const name = isObject(list) ? list.Ref : undefined
  if (typeof name !== 'string') return typeof resource === 'string' && arn.test(resource)
  const pattern = Parameters[name]?.AllowedPattern
  if (typeof pattern !== 'string') return false
  const takes = (text: string) => new RegExp(pattern).test(text)
  const others = [...onNamed.map((other) => other.example), 'arn:aws:iam::111111111111:role/orders']
  const wrong = [...others.filter((other) => other !== example), `${example}*`, `${example}?`, '*', `${example},*`]
  return takes(example) && !wrong.some(takes)
}
