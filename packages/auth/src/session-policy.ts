import { CausewayError } from './error.ts'
import type { PolicyDocument, PolicyStatement } from './policy.ts'

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length */
const LIMIT = 2048

/**
 * A session policy, with the managed policies beside it, is longer than AWS allows.
 *
 * @example
 * ```ts
 * import { policies, SessionPolicyTooLarge, sessionPolicy } from '@causeway-aws/auth'
 *
 * const prefixes = process.argv.slice(2)
 * try {
 *   sessionPolicy(...prefixes.map((prefix) => policies.s3Read('partner-exports', prefix)))
 * } catch (error) {
 *   if (!(error instanceof SessionPolicyTooLarge)) throw error
 *   process.stderr.write(`${prefixes.length} prefixes make ${error.characters} characters; use several sessions.\n`)
 * }
 * ```
 */
export class SessionPolicyTooLarge extends CausewayError {
  /** Length in characters, as STS counts them. */
  readonly characters: number

  constructor(characters: number, biggest: { name: string; characters: number }) {
    super(
      `The session policy is ${count(characters)} characters; AWS allows ${count(LIMIT)}. ` +
        `The biggest part is ${biggest.name} (${count(biggest.characters)}). ` +
        'Name fewer of them for one session, or give them a role of their own.',
      { code: 'SessionPolicyTooLarge' },
    )
    this.characters = characters
  }
}

/**
 * One session policy out of several: statements that differ in their resources only become one. What a session may do
 * is what both this and the role's own policies allow.
 *
 * @throws {SessionPolicyTooLarge} over 2,048 characters; it names the biggest part. STS packs the policy too, with a limit
 * that only it knows: {@link AssumedSession} has the packed size.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
 *
 * @example
 * ```ts
 * import { assumedRole, policies, sessionPolicy } from '@causeway-aws/auth'
 *
 * const keyArn = 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab'
 * export const partner = assumedRole({
 *   roleArn: 'arn:aws:iam::111111111111:role/orders-sender',
 *   policy: sessionPolicy(
 *     policies.edgeSend({ queueArn: 'arn:aws:sqs:eu-west-1:111111111111:orders.fifo', keyArn }),
 *     policies.edgeSend({ queueArn: 'arn:aws:sqs:eu-west-1:111111111111:returns.fifo', keyArn }),
 *   ),
 * })
 * ```
 */
export function sessionPolicy(...policies: readonly PolicyDocument[]): PolicyDocument {
  const byUse = new Map<string, { statement: PolicyStatement; resources: Set<string> }>()
  for (const statement of policies.flatMap(({ Statement }) => Statement)) {
    const { Resource, ...rest } = statement
    const use = JSON.stringify(rest)
    const merged = byUse.get(use) ?? { statement, resources: new Set() }
    for (const resource of [Resource].flat()) merged.resources.add(resource)
    byUse.set(use, merged)
  }
  const statements = [...byUse.values()].map(({ statement, resources }) => {
    const [only, ...others] = resources
    return { ...statement, Resource: others.length === 0 && only !== undefined ? only : [...resources] }
  })
  const document: PolicyDocument = { Version: '2012-10-17', Statement: statements }
  sessionPolicyText(document, [])
  return document
}

/**
 * A session policy as it goes to STS: equal policies give equal text. The managed policies' ARNs count towards the same
 * limit. STS takes characters up to U+00FF only; JSON can write the others in ASCII.
 */
export function sessionPolicyText(document: PolicyDocument, managedPolicyArns: readonly string[]): string {
  const text = ascii(JSON.stringify(document, sortedKeys))
  const managed = managedPolicyArns.join('').length
  if (text.length + managed > LIMIT) {
    const parts = document.Statement.map((statement) => ({
      name: nameOf(statement),
      characters: ascii(JSON.stringify(statement)).length,
    }))
    parts.push({ name: `the ${managedPolicyArns.length} managed policy ARNs`, characters: managed })
    throw new SessionPolicyTooLarge(
      text.length + managed,
      parts.reduce((biggest, part) => (part.characters > biggest.characters ? part : biggest)),
    )
  }
  return text
}

function nameOf({ Action, Resource }: PolicyStatement): string {
  const resources = [Resource].flat()
  const [action] = [Action].flat()
  return resources.length === 1 ? `${action} on ${resources[0]}` : `the ${resources.length} resources of ${action}`
}

function ascii(json: string): string {
  return json.replace(/[^\u0020-\u00ff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function count(characters: number): string {
  return characters.toLocaleString('en-US')
}
