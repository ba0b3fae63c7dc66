import { join } from 'node:path'
import type { AccountName, Sandbox } from '@causeway-aws/sandbox'
// @boundaries-ignore what functions/edge-trigger/src/process.ts does is the checkout's owner's to say
import { type HookedEdge, printingEdge } from '../packages/cli/src/demo/hooked-edge.ts'
import { root, sandboxDirectory } from './sandbox.ts'

export const externalIds = ['first-of-two-external-ids-Zm9vYmF6', 'second-of-two-external-ids-YmFyYmF6'] as const

/** What the end-to-end and security tests work with. */
export interface TestStacks {
  /** home, FIFO: forwards to `receipts`. */
  invoices: Record<string, string>
  /** partner, FIFO: prints. */
  receipts: Record<string, string>
  /** home, standard: prints. No role to assume, no named sender. */
  readings: Record<string, string>
  /** The partner's own role, which the policy of `invoices` names. */
  sender: Record<string, string>
}

/** The edge's template, with a function whose hook prints. */
const edgeThatPrints = (): Promise<HookedEdge> => printingEdge(sandboxDirectory())

/** The same templates as in the demo and in production; only names differ, and what is received is printed. Deploying them again changes nothing. */
export async function deployTestStacks(sandbox: Sandbox): Promise<TestStacks> {
  await using printing = await edgeThatPrints()
  const deploy = async (account: AccountName, stack: string, template: string, parameters: Record<string, string>) => {
    const { outputs } = await sandbox.deploy({ account, stack, parameters, template })
    return outputs
  }
  const edge = join(printing.infra, 'edge.yaml')
  const receipts = await deploy('partner', 'receipts', edge, {
    EdgeName: 'receipts',
    MessageType: 'receipt',
    PartnerAccountId: '111111111111',
    SenderPrincipalArns: 'arn:aws:iam::111111111111:role/causeway-invoices-trigger',
    Routes: JSON.stringify({ '*': { processor: 'process' } }),
  })
  const { BodiesBucketName: bucket, BodiesPrefix: prefix } = receipts
  const bodies = { [receipts.QueueUrl ?? '']: { bucket, prefix, bucketOwner: '222222222222' } }
  const invoices = await deploy('home', 'invoices', edge, {
    EdgeName: 'invoices',
    MessageType: 'invoice',
    PartnerAccountId: '222222222222',
    PartnerExternalIds: externalIds.join(','),
    SenderPrincipalArns: 'arn:aws:iam::222222222222:role/invoices-sender',
    Routes: JSON.stringify({ invoice: { processor: 'forward', targets: [receipts.QueueUrl] } }),
    TargetQueueArns: receipts.QueueArn ?? '',
    TargetKeyArns: receipts.KeyArn ?? '',
    TargetBodies: JSON.stringify(bodies),
    TargetBodyArns: `arn:aws:s3:::${bucket}/${prefix}*`,
  })
  const readings = await deploy('home', 'readings', edge, {
    EdgeName: 'readings',
    Fifo: 'false',
    MessageType: 'reading',
    PartnerAccountId: '222222222222',
    Routes: JSON.stringify({ '*': { processor: 'process' } }),
  })
  const sender = await deploy('partner', 'sender', join(root, 'infra/partner/sender.yaml'), {
    RoleName: 'invoices-sender',
    TrustedPrincipalArns: 'arn:aws:iam::222222222222:user/administrator',
    EdgeQueueArn: invoices.QueueArn ?? '',
    EdgeKeyArn: invoices.KeyArn ?? '',
    EdgeBodiesArn: `arn:aws:s3:::${invoices.BodiesBucketName}/${invoices.BodiesPrefix}*`,
  })
  return { invoices, receipts, readings, sender }
}
