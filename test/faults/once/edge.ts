import { maxAttempts, type NodeSettings } from './node.ts'

/** Deploys an edge of home whose function is not triggered yet, and answers the stack's outputs. */
export async function deployEdge(
  { sandbox, name, fifo, target, audit }: NodeSettings,
  template: string,
): Promise<Record<string, string>> {
  const { outputs } = await sandbox.deploy({
    account: 'home',
    stack: name,
    template,
    parameters: {
      EdgeName: name,
      Fifo: `${fifo}`,
      TriggerEnabled: 'false',
      Routes: JSON.stringify({ '*': { processor: 'process', targets: [target.url] } }),
      TargetQueueArns: target.arn,
      MaxAttempts: `${maxAttempts}`,
      AuditBucketName: audit.store.bucket,
      AuditKeyArn: audit.keyArn,
    },
  })
  return outputs
}

export const tableOf = (edgeName: string): string => `causeway-${edgeName}-messages`
