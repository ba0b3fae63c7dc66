import { join } from 'node:path'
import { CreateKeyCommand, GetKeyPolicyCommand, KMSClient } from '@aws-sdk/client-kms'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { createGrants, type Grants } from '@causeway-aws/grants'
import { accountIds, type ClientOptions, clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it } from 'vitest'
import { root, testSandbox } from '../sandbox.ts'

/*
 * What of a grant the emulator does not enforce: the policy of a key, and MSK's access control. What it does enforce is tried in
 * e2e/grants. Each policy is compared whole: what it allows beyond this would be found nowhere else.
 */
const sandbox = testSandbox()
const { home, partner } = accountIds
const region = 'eu-central-2'
const until = '2099-01-01T00:00:00Z'
let ours: ClientOptions
let grants: Grants

beforeAll(async () => {
  ours = clientOptions(await sandbox.credentials('home'))
  await sandbox.deploy({ template: join(root, 'infra/grants.yaml'), account: 'home', stack: 'grants' })
  grants = createGrants({ table: 'causeway-grants', client: ours })
})

describe('asserted, not tried: the policy of a key that a grant lets a role of the partner use', () => {
  it.each([
    ['send', ['kms:GenerateDataKey', 'kms:Decrypt']],
    ['receive', ['kms:Decrypt']],
  ])('to %s, through SQS only, by that role only, until its end; the rest stays', async (action, actions) => {
    const QueueName = `key-${action}`
    await new SQSClient(ours).send(new CreateQueueCommand({ QueueName }))
    const kms = new KMSClient(ours)
    const { KeyMetadata: { Arn: keyArn = '' } = {} } = await kms.send(new CreateKeyCommand({}))
    const policy = async () => {
      const { Policy = '' } = await kms.send(new GetKeyPolicyCommand({ KeyId: keyArn, PolicyName: 'default' }))
      return JSON.parse(Policy)
    }
    const before = await policy()
    const { id } = await grants.create({
      name: QueueName,
      partner,
      resource: { kind: 'edge', queueArn: `arn:aws:sqs:${region}:${home}:${QueueName}`, keyArn },
      actions: [action],
      until: new Date(until),
    })
    await grants.accept(id, { roleArns: [`arn:aws:iam::${partner}:role/orders`] })
    expect(await policy()).toEqual({
      ...before,
      Statement: [
        ...before.Statement,
        {
          Sid: `CausewayGrant${id}1`,
          Effect: 'Allow',
          // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
          Principal: { AWS: `arn:aws:iam::${partner}:root` },
          Action: actions,
          Resource: '*',
          Condition: {
            ArnLike: {
              'aws:PrincipalArn': [
                `arn:aws:iam::${partner}:role/orders`,
                `arn:aws:sts::${partner}:assumed-role/orders/*`,
              ],
            },
            // https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
            StringEquals: { 'kms:ViaService': `sqs.${region}.amazonaws.com` },
            // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-currenttime
            DateLessThan: { 'aws:CurrentTime': until },
          },
        },
      ],
    })
  })
})

describe('asserted, not tried: the role that the partner is asked for, of a topic', () => {
  it('reads that topic in that group until its end, and nothing else of the cluster', async () => {
    const cluster = `arn:aws:kafka:${region}:${partner}:cluster/orders/1234abcd-12ab-34cd-56ef-1234567890ab-2`
    const { id } = await grants.create({
      name: 'topic',
      partner,
      resource: { kind: 'topic', clusterArn: cluster, topic: 'orders', group: 'causeway' },
      actions: ['read'],
      until: new Date(until),
    })
    const Condition = { DateLessThan: { 'aws:CurrentTime': until } }
    // https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html
    const allowed = [
      [['kafka-cluster:Connect'], cluster],
      [['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], `${cluster.replace(':cluster/', ':topic/')}/orders`],
      [
        ['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'],
        `${cluster.replace(':cluster/', ':group/')}/causeway`,
      ],
      [['kafka:GetBootstrapBrokers'], '*'], // it knows no resource
    ]
    const { permissions } = (await grants.export(id, 'policy')) as {
      permissions: { Statement: { Action: string | string[] }[] }
    }
    expect(permissions.Statement.map((statement) => ({ ...statement, Action: [statement.Action].flat() }))).toEqual(
      allowed.map(([Action, Resource]) => ({ Effect: 'Allow', Action, Resource, Condition })),
    )
  })
})
