import { hasWildcard } from './principals.ts'
import { isObject, type Problem, type Template, type Value } from './template.ts'
import { variants } from './variants.ts'

/** Identities whose keys do not end. A role is what to use. */
const lasting =
  /^AWS::IAM::(User|AccessKey|Group|GroupPolicy|UserPolicy|UserToGroupAddition|ServiceSpecificCredential)$/

/** Nobody gets a key that lasts, and a function is only called by a service for one resource or account. */
export function* identities({ Resources }: Template): Generator<Problem> {
  for (const [id, { Type, Properties = {} }] of Object.entries(Resources)) {
    const where = `Resources.${id}`
    if (lasting.test(Type)) yield { where, message: `is an ${Type}, which lasts; use a role` }
    if (Type === 'AWS::Lambda::Permission' && !variants(Properties).every(isForOneSource)) {
      yield { where, message: 'needs a service as its Principal, and SourceArn or SourceAccount' }
    }
  }
}

function isForOneSource(permission: Value | undefined): boolean {
  if (!isObject(permission)) return false
  const { Principal, SourceArn, SourceAccount } = permission
  if (typeof Principal !== 'string' || !/^[a-z0-9-]+\.amazonaws\.com$/.test(Principal)) return false
  return [SourceArn, SourceAccount].some((source) => source !== undefined && !hasWildcard(source))
}
