import { isObject, listed, type Problem, resourcesOf, type Template, type Value } from './template.ts'
import { variants } from './variants.ts'

/**
 * Nothing in a bucket expires while it is locked: S3 keeps a locked version and puts a delete marker over it, and what is
 * hidden looks as if somebody had removed it.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
 */
export function* buckets(template: Template): Generator<Problem> {
  for (const [id, properties] of resourcesOf(template, 'AWS::S3::Bucket')) {
    const all = variants(properties)
    if (all.some(expiresLocked)) {
      yield {
        where: `Resources.${id}.LifecycleConfiguration`,
        message: 'lets objects expire before the default retention of ObjectLockConfiguration is over',
      }
    }
  }
}

function expiresLocked(properties: Value | undefined): boolean {
  const retention = at(properties, 'ObjectLockConfiguration', 'Rule', 'DefaultRetention', 'Days')
  if (retention === undefined) return false
  return listed(at(properties, 'LifecycleConfiguration', 'Rules')).some((rule) => {
    const days = at(rule, 'ExpirationInDays')
    return days !== undefined && !isAsLong(days, retention)
  })
}

/** Two parameters may be given any values, so it has to be the same one. */
function isAsLong(days: Value, retention: Value): boolean {
  if (typeof days === 'number' && typeof retention === 'number') return days >= retention
  return JSON.stringify(days) === JSON.stringify(retention)
}

function at(value: Value | undefined, ...path: readonly string[]): Value | undefined {
  return path.reduce((within, key) => (isObject(within) ? within[key] : undefined), value)
}
