import { randomBytes } from 'node:crypto'
import { arnParts, InvalidOptions, parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import { changeOf, type GrantContext } from './context.ts'
import { type Grant, grantSchema, isAsked } from './grant.ts'
import { type GrantedResource, kindOf, permissionsOf, resourceSchema } from './resources/index.ts'

/** What is to be granted. */
export interface GrantRequest {
  /** For people; two grants may have one name. */
  name: string
  /** The other account. */
  partner: string
  resource: GrantedResource
  /** What may be done with it: `send`, `receive`, `read`. */
  actions: readonly string[]
  /** Which of the two accounts has the resource. Needed where its name does not say: of a bucket. */
  owner?: string | undefined
  /** When it ends. Default: never. */
  until?: Date
  /** Of the partner's resource: roles and users of ours that use it. Default: all that our own policies let. */
  principals?: readonly string[]
}

const text = v.string('must be a string')
const principal = /^arn:aws[\w-]*:iam::\d{12}:(?:role|user)\/[\w+=,.@/-]+$/
const schema = v.strictObject({
  name: v.pipe(text, v.regex(/^[\w .-]{1,64}$/, 'must be 1 to 64 letters, digits, spaces and _ . -')),
  partner: v.pipe(text, v.regex(/^\d{12}$/, 'must be the 12 digits of an account')),
  resource: resourceSchema,
  actions: v.pipe(v.array(text), v.minLength(1, 'must be one or more')),
  owner: v.optional(v.pipe(text, v.regex(/^\d{12}$/, 'must be the 12 digits of an account'))),
  until: v.optional(v.date('must be a time')),
  principals: v.optional(
    v.pipe(
      v.array(text),
      v.check((arns) => arns.every((arn) => principal.test(arn)), 'must be ARNs of roles and users, without wildcards'),
    ),
    [],
  ),
})

const who = 'createGrant'

/** Makes the record of a grant, and the ExternalId where the partner's role is to ask for one. */
export async function createGrant(context: GrantContext, request: GrantRequest): Promise<Grant> {
  const { until, actions, ...given } = parseOptions(who, schema, request)
  permissionsOf(given.resource, actions) // refuses what is no such resource
  const { account } = await context.caller()
  const owner = ownerOf(given, account)
  const grant: Grant = {
    ...given,
    id: randomBytes(8).toString('hex'),
    version: 1,
    account,
    owner,
    actions: [...new Set(actions)],
    ...(until && { until: endOf(until, context.clock.now()) }),
    state: 'created',
    placed: [],
  }
  if (!isAsked(grant)) {
    refuseUngivable(grant)
    return await context.store.write(undefined, v.parse(grantSchema, grant), await changeOf(context, 'create'))
  }
  refuseOthers(grant)
  const externalIdFrom = await context.externalIds.create(grant.id)
  try {
    const whole = v.parse(grantSchema, { ...grant, externalIdFrom })
    return await context.store.write(undefined, whole, await changeOf(context, 'create'))
  } catch (error) {
    await context.externalIds.remove(externalIdFrom).catch(() => {}) // what is told is why there is no grant
    throw error
  }
}

function ownerOf({ partner, owner, resource }: Pick<GrantRequest, 'partner' | 'owner' | 'resource'>, account: string) {
  if (partner === account) {
    throw new InvalidOptions(`${who}: partner must be another account than yours, which is ${account}.`)
  }
  const named = kindOf(resource).account(resource)
  const found = named ?? owner
  if (found === undefined) {
    throw new InvalidOptions(`${who}: owner is missing: the name of a bucket does not say which account has it.`)
  }
  if (owner !== undefined && owner !== found) {
    throw new InvalidOptions(`${who}: owner must be ${found}, of which account the resource is.`)
  }
  if (found !== account && found !== partner) {
    throw new InvalidOptions(
      `${who}: partner must be ${found}, of which account the resource is; or the resource yours.`,
    )
  }
  return found
}

/** As policies compare it: in whole seconds. */
function endOf(until: Date, now: number): string {
  if (!(until.getTime() > now)) throw new InvalidOptions(`${who}: until must be a time to come.`)
  return until.toISOString().replace(/\.\d+Z$/, 'Z')
}

/** A stream or a topic of ours is not given by a policy of its own: the partner asks for a role, as we do of it. */
function refuseUngivable({ account, actions, resource, principals }: Grant): void {
  const { hasPolicy, describe } = kindOf(resource)
  if (!hasPolicy) {
    throw new InvalidOptions(
      `${who}: the ${describe(resource)} is yours, and has no policy that a grant could be in. Let the partner create the grant, and deploy what it exports to you; or deploy infra/partner/reader-role.yaml.`,
    )
  }
  const others = permissionsOf(resource, actions).Statement.flatMap(({ Resource }) => Resource)
  if (others.some((arn) => arnParts(arn).account !== '' && arnParts(arn).account !== account)) {
    throw new InvalidOptions(`${who}: keyArn must be of your own account, which is ${account}, as the queue is.`)
  }
  if (principals.length > 0) {
    throw new InvalidOptions(`${who}: principals must not be named yet: the partner's roles come when it is accepted.`)
  }
}

function refuseOthers({ principals, account }: Grant): void {
  if (principals.some((arn) => !arn.includes(`:${account}:`))) {
    throw new InvalidOptions(`${who}: principals must be roles and users of your own account, which is ${account}.`)
  }
}
