import { statementsOf } from './statements.ts'
import { isObject, type Problem, resourcesOf, type Template } from './template.ts'

/** A queue is encrypted with a key of ours, which turns, and refuses plain HTTP. */
export function* queues(template: Template): Generator<Problem> {
  for (const [id, queue] of resourcesOf(template, 'AWS::SQS::Queue')) {
    if (!isObject(queue.KmsMasterKeyId)) {
      yield { where: `Resources.${id}`, message: "needs KmsMasterKeyId; no other account may use SQS's own keys" }
    }
  }
  for (const [id, { EnableKeyRotation }] of resourcesOf(template, 'AWS::KMS::Key')) {
    if (EnableKeyRotation !== true) yield { where: `Resources.${id}`, message: 'needs EnableKeyRotation' }
  }
  const refusing = [...statementsOf(template)].filter(
    ({ effect, condition }) => effect === 'Deny' && condition.includes('"aws:SecureTransport":"false"'),
  )
  for (const [id] of resourcesOf(template, 'AWS::SQS::QueuePolicy')) {
    if (!refusing.some(({ where }) => where.startsWith(`Resources.${id}.`))) {
      yield { where: `Resources.${id}`, message: 'needs a Deny for aws:SecureTransport false' }
    }
  }
}
