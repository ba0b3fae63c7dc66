import { secret } from '@causeway-aws/auth'
import {
  accessKey,
  alternatingUsers,
  cognitoClientSecret,
  type DescribedSecret,
  password,
  postgresUsers,
  RotationError,
  type Rotator,
  rotatorTag,
} from '@causeway-aws/grants/rotation'
import { clientDefaults } from '@causeway-aws/handler'

/** The tag of a secret that says what of its rotator's kind is rotated. */
const targetTag = 'causeway:target'

interface Kind {
  /** What the target has to be, for the error; absent where there is none. */
  readonly target?: string
  rotator(target: string): Rotator<unknown>
}

/** Who rotates what: the value of the tag, and the rotator. */
const kinds: Readonly<Record<string, Kind>> = {
  'access-key': {
    target: 'the name of the IAM user',
    rotator: (userName) => erased(accessKey({ userName, clientSettings: clientDefaults })),
  },
  'cognito-client-secret': {
    target: 'USER_POOL_ID/CLIENT_ID',
    rotator(target) {
      const [userPoolId = '', clientId = ''] = target.split('/', 2)
      return erased(cognitoClientSecret({ userPoolId, clientId, clientSettings: clientDefaults }))
    },
  },
  'postgres-users': {
    target: "the name or ARN of the secret of the database's administrator",
    rotator: (id) =>
      erased(alternatingUsers({ database: postgresUsers({ administrator: secret(`secret:${id}`, { ttl: 0 }) }) })),
  },
  password: { rotator: () => erased(password()) },
}

/** A rotator is given back only what it has parsed. */
const erased = <Value>(rotator: Rotator<Value>): Rotator<unknown> => rotator as Rotator<unknown>

const made = new Map<string, Rotator<unknown>>()

/**
 * The rotator that a secret's own tags name, once made for the life of the container. Not its value: whoever may write that
 * must not say whose credential is rotated.
 *
 * @throws {RotationError} `UnknownRotator`.
 */
export function rotatorOf({ arn, tags }: DescribedSecret): Rotator<unknown> {
  const name = tags[rotatorTag] ?? ''
  const target = tags[targetTag] ?? ''
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
  if (kind === undefined) {
    throw new RotationError(
      'UnknownRotator',
      `${arn} has ${name === '' ? 'no tag' : `"${name}" in its tag`} ${rotatorTag}. Give it one of: ${Object.keys(kinds).join(', ')}.`,
    )
  }
  if (kind.target !== undefined && target === '') {
    throw new RotationError('UnknownRotator', `${arn} needs the tag ${targetTag} as well: ${kind.target}.`)
  }
  const key = `${name} ${target}`
  const rotator = made.get(key) ?? kind.rotator(target)
  made.set(key, rotator)
  return rotator
}
