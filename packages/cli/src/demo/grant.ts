import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateStreamCommand, ListShardsCommand, ResourceInUseException } from '@aws-sdk/client-kinesis'
import {
  BucketAlreadyOwnedByYou,
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { STSClient } from '@aws-sdk/client-sts'
import { assumedRole, externalId, secret } from '@causeway-aws/auth'
import { createGrants, type Grant, type Grants } from '@causeway-aws/grants'
import { kinesisClient } from '@causeway-aws/readers'
import { accountIds } from '@causeway-aws/sandbox'
import { inWords } from '../commands/grant-lines.ts'
import { defaultTable } from '../default-table.ts'
import { stackDeployer } from './deploy-stack.ts'
import type { DemoContext, Flow, Step } from './flow.ts'

/** What the partner has and home uses, and what home has and the partner uses, each as one record. */
export const grant: Flow = {
  name: 'grant',
  title: 'What two accounts share is a grant, from its creation to its end',
  steps(context) {
    const { home } = context.accounts
    const grants = createGrants({ table: defaultTable, client: home })
    return [...askedFor(context, grants), ...givenAway(context, grants)]
  },
}

/** A stream of the partner, by a role that its template makes. */
function askedFor(context: DemoContext, grants: Grants): Step[] {
  const { home, partner } = context.accounts
  const StreamName = 'demo-granted'
  const streamArn = `arn:aws:kinesis:${partner.region}:${accountIds.partner}:stream/${StreamName}`
  let asked: Grant
  let roleArn = ''
  const as = (id: string | ReturnType<typeof secret>) =>
    assumedRole({ roleArn, externalId: id, sessionName: 'causeway-demo', sts: new STSClient(home) })
  const idOf = () => secret(asked.externalIdFrom ?? '', { clients: { secretsManager: new SecretsManagerClient(home) } })
  return [
    {
      title: "home asks for the partner's stream:  causeway grant create",
      async run(show) {
        await stackDeployer(context.sandbox, { signal: context.signal, onDeployed: () => {} })({
          account: 'home',
          stack: 'grants',
          template: 'grants.yaml',
          holds: '',
          parameters: {},
        })
        await kinesisClient(partner)
          .send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
          .catch(unless(ResourceInUseException))
        asked = await grants.create({
          name: 'demo',
          partner: accountIds.partner,
          resource: { kind: 'stream', streamArn },
          actions: ['read'],
        })
        show(`${asked.id}  created  ${inWords(asked)}`)
      },
    },
    {
      title: 'partner deploys what home hands it:  causeway grant export',
      async run(show) {
        roleArn = await deployed(context, grants, asked)
        show(roleArn)
      },
    },
    {
      title: 'home tries that role, and takes it:  causeway grant accept',
      async run(show) {
        const { done } = await grants.accept(asked.id, { roleArns: [roleArn] })
        for (const sentence of done) show(sentence)
      },
    },
    {
      title: 'home uses the stream',
      run: () =>
        kinesisClient({ ...home, credentials: as(idOf()) }).send(new ListShardsCommand({ StreamARN: streamArn })),
    },
    { title: 'wrong ExternalId', refusal: 'AssumeRoleDenied', run: () => as(externalId())() },
  ]
}

/** A prefix of a bucket of home, by a role of the partner's own. */
function givenAway(context: DemoContext, grants: Grants): Step[] {
  const { home, partner } = context.accounts
  const Bucket = 'causeway-demo-granted'
  const [order, privateOrder] = ['orders/1011', 'private/1011'] as const
  let given: Grant
  let client: S3Client
  const read = async (Key: string) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }))
    await Body?.transformToString() // what is not read keeps the connection, and with it the process
  }
  return [
    {
      title: "home lets the partner's own role read orders/ of its bucket, by the bucket's policy",
      async run(show) {
        const s3 = new S3Client(home)
        await s3.send(new CreateBucketCommand({ Bucket })).catch(unless(BucketAlreadyOwnedByYou))
        for (const Key of [order, privateOrder])
          await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'order 1011' }))
        given = await grants.create({
          name: 'demo',
          partner: accountIds.partner,
          owner: accountIds.home,
          resource: { kind: 'prefix', bucket: Bucket, prefix: 'orders/' },
          actions: ['read'],
        })
        const roleArn = await deployed(context, grants, given)
        const { done } = await grants.accept(given.id, { roleArns: [roleArn] })
        for (const sentence of done) show(sentence)
        const credentials = assumedRole({ roleArn, sessionName: 'causeway-demo', sts: new STSClient(partner) })
        client = new S3Client({ ...partner, credentials })
      },
    },
    { title: 'partner reads "order 1011"', run: () => read(order) },
    { title: 'outside the prefix', refusal: 'AccessDenied', run: () => read(privateOrder) },
    {
      title: 'home takes that back:  causeway grant revoke',
      async run(show) {
        const { done } = await grants.revoke(given.id)
        for (const sentence of done) show(sentence)
      },
    },
    { title: 'revoked grant', refusal: 'AccessDenied', run: () => read(order) },
  ]
}

/** The partner's role, by the template that it is handed. */
async function deployed({ sandbox, signal }: DemoContext, grants: Grants, { id }: Grant): Promise<string> {
  signal.throwIfAborted()
  const folder = await mkdtemp(join(tmpdir(), 'causeway-grant-'))
  try {
    const template = join(folder, 'template.json')
    await writeFile(template, JSON.stringify(await grants.export(id, 'template')), { mode: 0o600 })
    const { outputs } = await sandbox.deploy({ template, account: 'partner', stack: `grant-${id}` })
    return outputs.RoleArn ?? ''
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** It is there already. */
const unless = (kind: new (...args: never[]) => Error) => (error: unknown) => {
  if (!(error instanceof kind)) throw error
}
