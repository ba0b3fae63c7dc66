import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { externalId, type Secret, secret } from '@causeway-aws/auth'
import { type AccountName, accountIds, type Sandbox } from '@causeway-aws/sandbox'
import { sandboxDirectory } from '../checkout.ts'
import { type OnDeployed, type Output, stackDeployer } from './deploy-stack.ts'
import { printingEdge } from './hooked-edge.ts'

/** What the demo works with, once its five stacks are there. */
export interface DemoStacks {
  /** home's edge, and the role in home by which the partner sends to it. */
  orders: {
    queueUrl: string
    queueArn: string
    keyArn: string
    deadLettersUrl: string
    bodiesBucket: string
    bodiesPrefix: string
    senderRoleArn: string
    functionName: string
  }
  /** The partner's own edge, to which home's function forwards. */
  answers: { queueUrl: string; queueArn: string; keyArn: string; functionName: string }
  /** The partner's own sending role, which the policy of home's edge names. */
  senderRoleArn: string
  /** What the nodes of each account put on record. */
  audits: Record<AccountName, { bucket: string; signingKeyArn: string; functionName: string }>
  /** Read when it is used, and never printed. */
  externalId: Secret
}

const ownSenderRole = 'orders-sender'

/** What home makes of a catalogue, whose body is too large for a queue, before it sends it on. */
const inShort = '{ "catalogue": id, "articles": $count(articles), "soldOut": $count(articles[stock = 0]) }'

/**
 * Deploys the demo. Each edge needs its account's audit, and home's the partner's edge, which it forwards to; the policy of that one
 * may name home's role before it is made, because a principal is written as a condition on the role's ARN.
 */
export async function deployStacks(
  sandbox: Sandbox,
  options: { signal: AbortSignal; onDeployed: OnDeployed },
): Promise<DemoStacks> {
  const state = join(sandboxDirectory(), '.causeway')
  const externalIdFile = join(state, 'orders.external-id')
  const deploy = stackDeployer(sandbox, options)
  const deployAudit = (account: AccountName) => {
    const holds = 'what its nodes record, causeway-audit-digest'
    return deploy({ account, stack: 'audit', template: 'audit.yaml', holds, parameters: {} })
  }
  const deployAnswers = async (audit: Promise<Output>) => {
    await using printing = await printingEdge(state, options.signal)
    return await deploy({
      account: 'partner',
      stack: 'answers',
      template: 'edge.yaml',
      infra: printing.infra,
      holds: 'answers.fifo -> causeway-answers-trigger',
      parameters: {
        EdgeName: 'answers',
        MessageType: 'order',
        PartnerAccountId: accountIds.home,
        SenderPrincipalArns: `arn:aws:iam::${accountIds.home}:role/causeway-orders-trigger`,
        Routes: JSON.stringify({ '*': { processor: 'process' } }),
        ...recordedIn(await audit),
      },
    })
  }

  const audits = { home: deployAudit('home'), partner: deployAudit('partner') }
  const made = [audits.home, audits.partner, deployAnswers(audits.partner)] as const
  await Promise.allSettled(made) // what one of them puts away is put away, too, where another has failed
  const [homeAudit, partnerAudit, answers] = await Promise.all(made)
  const targets = [answers('QueueUrl')]
  const orders = await deploy({
    account: 'home',
    stack: 'orders',
    template: 'edge.yaml',
    holds: 'orders.fifo -> causeway-orders-trigger -> answers.fifo',
    parameters: {
      EdgeName: 'orders',
      MessageType: 'order',
      PartnerAccountId: accountIds.partner,
      PartnerExternalIds: await lastingExternalId(externalIdFile),
      SenderPrincipalArns: `arn:aws:iam::${accountIds.partner}:role/${ownSenderRole}`,
      Routes: JSON.stringify({
        // A body of some megabytes takes a busy machine its time.
        catalogue: { processor: 'project', targets, expression: inShort, timeout: 10_000 },
        '*': { processor: 'forward', targets },
      }),
      TargetQueueArns: answers('QueueArn'),
      TargetKeyArns: answers('KeyArn'),
      MaxAttempts: '2',
      ...recordedIn(homeAudit),
    },
  })
  const sender = await deploy({
    account: 'partner',
    stack: 'sender',
    template: 'partner/sender.yaml',
    holds: `role ${ownSenderRole}`,
    parameters: {
      RoleName: ownSenderRole,
      TrustedPrincipalArns: `arn:aws:iam::${accountIds.partner}:user/administrator`,
      EdgeQueueArn: orders('QueueArn'),
      EdgeKeyArn: orders('KeyArn'),
    },
  })
  return {
    orders: {
      queueUrl: orders('QueueUrl'),
      queueArn: orders('QueueArn'),
      keyArn: orders('KeyArn'),
      deadLettersUrl: orders('DeadLetterQueueUrl'),
      bodiesBucket: orders('BodiesBucketName'),
      bodiesPrefix: orders('BodiesPrefix'),
      senderRoleArn: orders('SenderRoleArn'),
      functionName: orders('FunctionName'),
    },
    answers: {
      queueUrl: answers('QueueUrl'),
      queueArn: answers('QueueArn'),
      keyArn: answers('KeyArn'),
      functionName: answers('FunctionName'),
    },
    senderRoleArn: sender('RoleArn'),
    audits: { home: auditOf(homeAudit), partner: auditOf(partnerAudit) },
    externalId: secret(`file:${externalIdFile}`),
  }
}

const recordedIn = (audit: Output) => ({ AuditBucketName: audit('BucketName'), AuditKeyArn: audit('KeyArn') })

const auditOf = (audit: Output) => ({
  bucket: audit('BucketName'),
  signingKeyArn: audit('SigningKeyArn'),
  functionName: audit('FunctionName'),
})

/** Made once and kept, so that running the demo again changes nothing and a person can use it by hand. */
async function lastingExternalId(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    const value = externalId()
    await writeFile(file, value, { mode: 0o600 })
    return value
  }
}
