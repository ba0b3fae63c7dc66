import { arnParts, type CredentialProvider, type DeniedCause } from '@causeway-aws/auth'
import { type Attempt, attempt, type SessionCredentials, tryExternalId, tryRole } from './asked/try-role.ts'
import type { GrantClients } from './clients.ts'
import { type GrantContext, stateNow } from './context.ts'
import { type ExportedGrant, exportedGrant } from './exported-grant.ts'
import { lookAtPlaces } from './given/place.ts'
import { type Grant, isAsked } from './grant.ts'
import type { GrantState } from './state.ts'

/** One thing that was tried, and whether it came out as it should. */
export interface GrantCheck {
  what: string
  asItShouldBe: boolean
  /** It cannot be tried without doing it. */
  untried?: true
  /** What came. */
  came: string
  /** Why it may have been denied, the likeliest first, and what to do. */
  likely?: readonly (DeniedCause & { remedy: string })[]
}

/** What a grant comes to for whoever tries it. */
export interface GrantTest {
  asItShouldBe: boolean
  checks: readonly GrantCheck[]
}

/** Tries a grant of the table: as who may use it, where the partner has the resource; else what the policies say. */
export async function testGrant(context: GrantContext, id: string): Promise<GrantTest> {
  const { grant } = await context.store.get(id)
  const state = stateNow(context, grant)
  const checks: GrantCheck[] = [
    {
      what: 'the grant is active',
      asItShouldBe: state === 'active',
      came: `${state}${grant.until ? `, until ${grant.until}` : ''}${next[state]}`,
    },
  ]
  // What is revoked has no ExternalId to try any more.
  if (state === 'revoking' || state === 'revoked') return verdict(checks)
  checks.push(...(isAsked(grant) ? await tryAsked(context, grant) : await lookAtGiven(context, grant)))
  return verdict(checks)
}

/** What to do about a grant that is not active. */
const next: Readonly<Record<GrantState, string>> = {
  created: '. Export it and, when the partner has deployed that, accept it',
  accepting: '. Accept it again, to the end',
  active: '',
  expired: '. Create another',
  revoking: '. Revoke it again, to the end',
  revoked: '. Create another',
}

/** Tries an exported grant, as whoever one is now. */
export async function testExportedGrant(
  clients: GrantClients,
  grant: ExportedGrant,
  id: string | undefined,
): Promise<GrantTest> {
  const assumed = await tryExternalId(await clients.sts(), grant.roleArn, id)
  const checks = [allowed(`assume ${grant.roleArn}`, assumed)]
  if (assumed.granted) checks.push(...(await tryAccess(clients, grant, assumed.value)))
  return verdict(checks)
}

const verdict = (checks: readonly GrantCheck[]): GrantTest => ({
  asItShouldBe: checks.every(({ asItShouldBe }) => asItShouldBe),
  checks,
})

async function tryAsked({ clients, externalIds }: GrantContext, grant: Grant): Promise<GrantCheck[]> {
  const { roleArn, externalIdFrom } = grant
  if (roleArn === undefined || externalIdFrom === undefined) return []
  const value = (await externalIds.value(externalIdFrom, 'AWSCURRENT')) ?? ''
  const { right, none, wrong } = await tryRole(await clients.sts(), roleArn, value)
  const checks = [
    allowed(`assume ${roleArn} with the ExternalId`, right),
    refused('assume it without an ExternalId', none),
    refused('assume it with a wrong ExternalId', wrong),
  ]
  if (!right.granted || grant.state !== 'active') return checks
  return [...checks, ...(await tryAccess(clients, exportedGrant(grant), right.value))]
}

async function lookAtGiven(context: GrantContext, grant: Grant): Promise<GrantCheck[]> {
  if (grant.principals.length === 0) return []
  const places = await lookAtPlaces(context, grant)
  return places.map(({ name, isThere }) => ({
    what: `the policy of the ${name} lets in ${grant.principals.join(', ')}`,
    asItShouldBe: isThere,
    came: isThere ? 'yes' : 'no: somebody has changed it. Revoke the grant, and create another.',
  }))
}

/** What can be tried and leaves no trace. A message that is sent to try it would be one; a broker says only to its own client. */
async function tryAccess(
  clients: GrantClients,
  { actions = [], queue, stream, bucket, prefix, topic, region }: ExportedGrant,
  session: SessionCredentials,
): Promise<GrantCheck[]> {
  const credentials: CredentialProvider = async () => session
  const whom = { credentials, region }
  if (queue !== undefined && actions.includes('receive')) {
    const { GetQueueAttributesCommand } = await import('@aws-sdk/client-sqs')
    const client = await clients.sqs(whom)
    const QueueUrl = queueUrlOf(queue)
    const ask = () => client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }))
    const request = { action: 'sqs:GetQueueAttributes', resource: queue }
    return [allowed(`look at the attributes of ${queue}`, await attempt(ask, request))]
  }
  if (stream?.startsWith('arn:')) {
    const { ListShardsCommand } = await import('@aws-sdk/client-kinesis')
    const client = await clients.kinesis(whom)
    const ask = () => client.send(new ListShardsCommand({ StreamARN: stream, MaxResults: 1 }))
    return [
      allowed(`list the shards of ${stream}`, await attempt(ask, { action: 'kinesis:ListShards', resource: stream })),
    ]
  }
  if (bucket !== undefined) {
    const { ListObjectsV2Command } = await import('@aws-sdk/client-s3')
    const client = await clients.s3(whom)
    const ask = () => client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 }))
    const request = { action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket}` }
    return [allowed(`list the objects under ${prefix ?? ''} of ${bucket}`, await attempt(ask, request))]
  }
  if (queue !== undefined && actions.includes('send')) {
    return [untried(`send to ${queue}`, 'a message that is sent to try it would be one. causeway edge send does it.')]
  }
  if (topic !== undefined) {
    return [
      untried(`read the topic ${topic}`, 'its brokers say so to their own client. causeway kafka topics asks them.'),
    ]
  }
  return []
}

const untried = (what: string, why: string): GrantCheck => ({
  what,
  asItShouldBe: true,
  untried: true,
  came: `not tried: ${why}`,
})

/** Not asked of SQS, which lets another account ask only where it may do everything with the queue. */
function queueUrlOf(queue: string): string {
  const { partition, region, account, resource } = arnParts(queue)
  return `https://sqs.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}/${account}/${resource}`
}

function allowed(what: string, tried: Attempt<unknown>): GrantCheck {
  if (tried.granted) return { what, asItShouldBe: true, came: 'allowed' }
  const { error, message, explanation } = tried
  return { what, asItShouldBe: false, came: `refused with ${error}: ${message}`, likely: explanation.likely }
}

const refused = (what: string, tried: Attempt<unknown>): GrantCheck =>
  tried.granted
    ? { what, asItShouldBe: false, came: 'allowed: somebody else may use the role in our name. Tell the partner.' }
    : { what, asItShouldBe: true, came: `refused with ${tried.error}` }
