import { Readable } from 'node:stream'
import { STSClient } from '@aws-sdk/client-sts'
import type { AwsCredentialIdentity } from '@smithy/types'

/** What a request to the fake STS held. */
export interface StsRequest {
  hostname: string
  parameters: URLSearchParams
}

type Answer = { status: number; body: string } | Error

/**
 * The SDK's own STS client, whose requests end in this process: everything is real but the wire. Answers are given in
 * turn, the last one again and again.
 */
export function fakeSts(
  answers: readonly (Answer | ((request: StsRequest) => Answer | Promise<Answer>))[],
  credentials: AwsCredentialIdentity = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'caller-secret' },
): { sts: STSClient; requests: StsRequest[] } {
  const requests: StsRequest[] = []
  const sts = new STSClient({
    region: 'eu-west-1',
    credentials,
    maxAttempts: 1,
    requestHandler: {
      async handle({ hostname, body }: { hostname: string; body: string }) {
        const request = { hostname, parameters: new URLSearchParams(body) }
        const next = answers[Math.min(requests.length, answers.length - 1)]
        requests.push(request)
        const answer = typeof next === 'function' ? await next(request) : next
        if (answer === undefined || answer instanceof Error) throw answer
        return { response: { statusCode: answer.status, headers: {}, body: Readable.from([Buffer.from(answer.body)]) } }
      },
    },
  })
  return { sts, requests }
}

/** A session, as STS gives it: its keys carry its number, and it lasts as long as was asked. */
export function session({ parameters }: StsRequest): Answer {
  sessions += 1
  const expiration = new Date(Date.now() + Number(parameters.get('DurationSeconds')) * 1_000)
  return {
    status: 200,
    body: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
      <AssumedRoleUser><AssumedRoleId>AROAEXAMPLE:s</AssumedRoleId>
        <Arn>arn:aws:sts::222222222222:assumed-role/orders-reader/${parameters.get('RoleSessionName')}</Arn></AssumedRoleUser>
      <Credentials><AccessKeyId>ASIA${sessions}</AccessKeyId><SecretAccessKey>session-secret</SecretAccessKey>
        <SessionToken>session-token</SessionToken><Expiration>${expiration.toISOString()}</Expiration></Credentials>
      <PackedPolicySize>6</PackedPolicySize></AssumeRoleResult></AssumeRoleResponse>`,
  }
}
let sessions = 0

export function identity(arn: string): Answer {
  return {
    status: 200,
    body: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
      <Arn>${arn}</Arn><UserId>AIDAEXAMPLE</UserId><Account>222222222222</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
  }
}

export function refusal(code: string, message: string, status = 403): Answer {
  return {
    status,
    body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
      <Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
  }
}
