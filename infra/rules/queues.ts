import { type Statement, statementsOf } from './statements.ts'
import { isObject, listed, type Problem, referent, resourcesOf, type Template, type Value } from './template.ts'

/** A queue is encrypted with a key of ours, which turns, and refuses plain HTTP. */
export function* queues(template: Template): Generator<Problem> {
  for (const [id, queue] of resourcesOf(template, 'AWS::SQS::Queue')) {
    if (!isObject(queue.KmsMasterKeyId)) {
      yield { where: `Resources.${id}`, message: "needs KmsMasterKeyId; no other account may use SQS's own keys" }
    }
  }
  for (const [id, { EnableKeyRotation, KeyUsage }] of resourcesOf(template, 'AWS::KMS::Key')) {
    // KMS turns no key that signs: https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
    if (EnableKeyRotation !== true && KeyUsage !== 'SIGN_VERIFY')
      yield { where: `Resources.${id}`, message: 'needs EnableKeyRotation' }
  }
  const policies = resourcesOf(template, 'AWS::SQS::QueuePolicy')
  for (const [id] of resourcesOf(template, 'AWS::SQS::Queue')) {
    const its = policies.filter(([, { Queues }]) => listed(Queues).some((queue) => referent(queue) === id))
    if (!its.some(([policy]) => isThereWith(template, policy, id)))
      yield { where: `Resources.${id}`, message: 'needs an AWS::SQS::QueuePolicy that refuses plain HTTP' }
  }
  const refusing = [...statementsOf(template)].filter(refusesPlainHttp)
  for (const [id, { Queues }] of policies) {
    const refused = refusing.filter(({ resource }) => resource === id).flatMap(({ resources }) => resources)
    const queues = listed(Queues)
    if (queues.length === 0 || !queues.every((queue) => refused.some((it) => isAllOf(it, queue)))) {
      yield {
        where: `Resources.${id}`,
        message: 'needs a Deny of everything to everyone for aws:SecureTransport false',
      }
    }
  }
}

/** Whether a resource is there whenever another is. */
function isThereWith({ Resources }: Template, id: string, other: string): boolean {
  const condition = Resources[id]?.Condition
  return condition === undefined || condition === Resources[other]?.Condition
}

/** Loopback may be left out: no request reaches AWS from there. */
function refusesPlainHttp({ always, effect, actions, principals, conditions }: Statement): boolean {
  const exact = conditions.map((condition) => JSON.stringify(condition)).sort()
  const plainHttp = '["Bool","aws:SecureTransport","false"]'
  const notLoopback = '["NotIpAddress","aws:SourceIp","127.0.0.0/8"]'
  return (
    always &&
    effect === 'Deny' &&
    actions.some((action) => action === 'sqs:*' || action === '*') &&
    principals.some(([type, principal]) => principal === '*' && (type === '*' || type === 'AWS')) &&
    [[plainHttp], [plainHttp, notLoopback]].some((wanted) => wanted.join() === exact.join())
  )
}

function isAllOf(resource: Value, queue: Value): boolean {
  return resource === '*' || (referent(resource) !== undefined && referent(resource) === referent(queue))
}
