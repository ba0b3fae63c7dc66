import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { externalId } from '@causeway-aws/auth'
import { type AccountName, accountIds, type Sandbox } from '@causeway-aws/sandbox'
import { checkout, sandboxDirectory } from '../checkout.ts'
import { printingEdge } from './hooked-edge.ts'

/** What the demo works with, once its three stacks are there. */
export interface DemoStacks {
  /** home's edge, and the role in home by which the partner sends to it. */
  orders: { queueUrl: string; queueArn: string; senderRoleArn: string; functionName: string }
  /** The partner's own edge, to which home's function forwards. */
  answers: { queueUrl: string; queueArn: string; keyArn: string; functionName: string }
  /** The partner's own sending role, which the policy of home's edge names. */
  senderRoleArn: string
  /** Read when it is used, and never printed. */
  externalId: () => Promise<string>
}

/** Told once per stack, when it is there. */
export type OnDeployed = (stack: {
  account: AccountName
  accountId: string
  stack: string
  holds: string
  changed: boolean
  milliseconds: number
}) => void

const ownSenderRole = 'orders-sender'

/**
 * Deploys the demo: the partner's answers edge first, since home's function must be told where to forward;
 * its policy may name home's role before that is made, because a principal is written as a condition on the role's ARN.
 */
export async function deployStacks(
  sandbox: Sandbox,
  { signal, onDeployed }: { signal: AbortSignal; onDeployed: OnDeployed },
): Promise<DemoStacks> {
  const state = join(sandboxDirectory(), '.causeway')
  const externalIdFile = join(state, 'orders.external-id')
  await using printing = await printingEdge(state, signal)
  const deploy = async (
    account: AccountName,
    stack: string,
    template: string,
    holds: string,
    parameters: Record<string, string>,
    infra = join(checkout, 'infra'),
  ) => {
    signal.throwIfAborted()
    const start = performance.now()
    const { outputs, changed } = await sandbox.deploy({
      template: join(infra, template),
      account,
      stack,
      parameters,
    })
    const milliseconds = performance.now() - start
    onDeployed({ account, accountId: accountIds[account], stack, holds, changed, milliseconds })
    return (name: string) => {
      const value = outputs[name]
      if (value === undefined)
        throw new Error(`Stack ${stack} of ${account} has no output ${name}; infra/${template} should give it one.`)
      return value
    }
  }

  const answersParameters = {
    EdgeName: 'answers',
    MessageType: 'order',
    PartnerAccountId: accountIds.home,
    SenderPrincipalArns: `arn:aws:iam::${accountIds.home}:role/causeway-orders-trigger`,
    Routes: JSON.stringify({ '*': { processor: 'process' } }),
  }
  const holds = 'answers.fifo -> causeway-answers-trigger'
  const answers = await deploy('partner', 'answers', 'edge.yaml', holds, answersParameters, printing.infra)
  const orders = await deploy('home', 'orders', 'edge.yaml', 'orders.fifo -> causeway-orders-trigger -> answers.fifo', {
    EdgeName: 'orders',
    MessageType: 'order',
    PartnerAccountId: accountIds.partner,
    PartnerExternalIds: await lastingExternalId(externalIdFile),
    SenderPrincipalArns: `arn:aws:iam::${accountIds.partner}:role/${ownSenderRole}`,
    Routes: JSON.stringify({ '*': { processor: 'forward', targets: [answers('QueueUrl')] } }),
    TargetQueueArns: answers('QueueArn'),
    TargetKeyArns: answers('KeyArn'),
  })
  const sender = await deploy('partner', 'sender', 'partner/sender.yaml', `role ${ownSenderRole}`, {
    RoleName: ownSenderRole,
    TrustedPrincipalArns: `arn:aws:iam::${accountIds.partner}:user/administrator`,
    EdgeQueueArn: orders('QueueArn'),
    EdgeKeyArn: orders('KeyArn'),
  })
  return {
    orders: {
      queueUrl: orders('QueueUrl'),
      queueArn: orders('QueueArn'),
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
    externalId: () => readFile(externalIdFile, 'utf8'),
  }
}

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
