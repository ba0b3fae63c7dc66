// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are CloudFormation's placeholders
import { describe, expect, it } from 'vitest'
import { rules } from '../rules/index.ts'
import type { Resource, Template, Value } from '../rules/template.ts'

const noValue = { Ref: 'AWS::NoValue' }
const own = { AWS: { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root' } }
const other = { AWS: { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${PartnerAccountId}:root' } }

describe('the right to do something', () => {
  it('is written down action by action and resource by resource', () => {
    expect(problems(role({ Action: ['sqs:SendMessage'], Resource: { 'Fn::GetAtt': ['Queue', 'Arn'] } }))).toEqual([])
    expect(problems(role({ Action: '*', Resource: 'arn:aws:sqs:::a' }))).toEqual([expect.stringContaining('action *')])
    expect(problems(role({ Action: 'sqs:*', Resource: 'arn' }))).toEqual([expect.stringContaining('action sqs:*')])
    expect(problems(role({ Action: 'sqs:SendMessage', Resource: '*' }))).toEqual([
      'Resources.Role.PolicyDocument.It allows the resource *',
    ])
    expect(problems(role({ NotAction: 'iam:*', Resource: 'arn' }))).toEqual([expect.stringContaining('NotAction')])
  })

  it('is found behind a condition of the template', () => {
    const hidden = { 'Fn::If': ['HasTargets', allow({ Action: 'sqs:SendMessage', Resource: ['arn', '*'] }), noValue] }
    expect(
      problems({
        Role: { Type: 'AWS::IAM::Role', Properties: { Policies: [{ PolicyDocument: { Statement: [hidden] } }] } },
      }),
    ).toHaveLength(1)
  })

  it('never comes from a managed policy', () => {
    const managed = { Type: 'AWS::IAM::Role', Properties: { ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnly'] } }
    expect(problems({ Role: managed })).toEqual([expect.stringContaining('managed policies')])
  })

  it('is taken from anyone by a Deny', () => {
    expect(problems(role({ Effect: 'Deny', Action: 'sqs:*', Resource: '*', Principal: '*' }))).toEqual([])
  })
})

describe('another account', () => {
  it('is only let in under a condition', () => {
    const assume = { Action: 'sts:AssumeRole', Principal: other }
    const withId = { ...assume, Condition: { StringEquals: { 'sts:ExternalId': 'x' } } }
    expect(problems(trust(withId))).toEqual([])
    expect(problems(trust(assume))).toEqual([expect.stringContaining('a whole other account')])
    expect(problems(trust({ ...assume, Principal: '*' }))).toEqual([expect.stringContaining('everyone')])
    expect(problems(trust({ ...assume, Principal: own }))).toEqual([])
  })

  it('uses a key through the service that the key is for, and administers none', () => {
    const Condition = { ArnLike: { 'aws:PrincipalArn': 'arn' } }
    const use = { Action: 'kms:Decrypt', Resource: '*', Principal: other }
    const through = { ...Condition, StringEquals: { 'kms:ViaService': 'sqs.eu-west-1.amazonaws.com' } }
    expect(problems(key({ ...use, Condition: through }))).toEqual([])
    expect(problems(key({ ...use, Condition }))).toEqual([expect.stringContaining('kms:ViaService')])
    expect(problems(key({ Action: 'kms:*', Resource: '*', Principal: own }))).toEqual([])
    expect(problems(key({ Action: 'kms:*', Resource: '*', Principal: other, Condition }))).toHaveLength(1)
  })
})

describe('a function', () => {
  const properties = { Timeout: 60, LoggingConfig: { LogGroup: { Ref: 'Log' } } }
  const fn = { Type: 'AWS::Lambda::Function', Properties: properties }
  const log = { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 30 } }
  const queue = (VisibilityTimeout: number) => ({
    Type: 'AWS::SQS::Queue',
    Properties: { VisibilityTimeout, KmsMasterKeyId: { Ref: 'Key' } },
  })
  const mapping = (more: Record<string, Value>) => ({
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: { EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, FunctionName: { Ref: 'Fn' }, ...more },
  })
  const partial = { FunctionResponseTypes: ['ReportBatchItemFailures'] }

  it('logs to a group of its template that forgets', () => {
    expect(problems({ Fn: fn, Log: log })).toEqual([])
    expect(problems({ Fn: fn })).toEqual([expect.stringContaining('LoggingConfig')])
    expect(problems({ Fn: fn, Log: { ...log, Properties: {} } })).toEqual([expect.stringContaining('RetentionInDays')])
  })

  it('has six of its timeouts before a message is seen again', () => {
    expect(problems({ Fn: fn, Log: log, Queue: queue(360), Map: mapping(partial) })).toEqual([])
    expect(problems({ Fn: fn, Log: log, Queue: queue(359), Map: mapping(partial) })).toEqual([
      "Resources.Queue.VisibilityTimeout is 359 s, less than six times the function's timeout of 60 s",
    ])
  })

  it('answers for each message of a batch', () => {
    expect(problems({ Fn: fn, Log: log, Queue: queue(360), Map: mapping({}) })).toEqual([
      expect.stringContaining('batch item failures'),
    ])
  })
})

describe('a queue', () => {
  const tls = {
    Effect: 'Deny',
    Action: 'sqs:*',
    Principal: '*',
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  }
  const policy = (it: Value) => ({ Type: 'AWS::SQS::QueuePolicy', Properties: { PolicyDocument: { Statement: [it] } } })

  it('is encrypted with a key of its own', () => {
    expect(problems({ Queue: { Type: 'AWS::SQS::Queue' } })).toEqual([expect.stringContaining('KmsMasterKeyId')])
    expect(
      problems({ Queue: { Type: 'AWS::SQS::Queue', Properties: { KmsMasterKeyId: 'alias/aws/sqs' } } }),
    ).toHaveLength(1)
    expect(problems({ Key: { Type: 'AWS::KMS::Key' } })).toEqual([expect.stringContaining('EnableKeyRotation')])
  })

  it('refuses plain HTTP', () => {
    expect(problems({ Policy: policy(tls) })).toEqual([])
    expect(problems({ Policy: policy({ ...tls, Effect: 'Allow' }) })).toContainEqual(
      expect.stringContaining('aws:SecureTransport'),
    )
  })
})

describe('a parameter', () => {
  const good = { Type: 'String', Description: 'A.', AllowedPattern: '^a$', ConstraintDescription: 'must be a.' }
  const named = (name: string, parameter: Record<string, Value>) => problems({}, { [name]: parameter })

  it('says what it is and what it takes', () => {
    expect(named('Name', good)).toEqual([])
    expect(named('Name', { Type: 'String' })).toEqual([
      'Parameters.Name needs Description',
      'Parameters.Name needs AllowedPattern',
      'Parameters.Name needs ConstraintDescription',
    ])
    expect(named('Fifo', { Type: 'String', Description: 'A.', AllowedValues: ['true', 'false'] })).toEqual([])
    expect(named('Count', { Type: 'Number', Description: 'A.', MinValue: 1 })).toHaveLength(2)
  })

  it('is not echoed when it is an ExternalId', () => {
    expect(named('PartnerExternalIds', { ...good, NoEcho: true })).toEqual([])
    expect(named('PartnerExternalIds', good)).toEqual([expect.stringContaining('NoEcho')])
  })
})

function problems(Resources: Record<string, Resource>, Parameters: Template['Parameters'] = {}): string[] {
  const template = { Resources, Parameters }
  return rules.flatMap((rule) => [...rule(template)]).map(({ where, message }) => `${where} ${message}`)
}

function allow(statement: Record<string, Value>): Record<string, Value> {
  return { Sid: 'It', Effect: 'Allow', ...statement }
}

function role(statement: Record<string, Value>): Record<string, Resource> {
  const Policies = [{ PolicyName: 'policy', PolicyDocument: { Statement: [allow(statement)] } }]
  return { Role: { Type: 'AWS::IAM::Role', Properties: { Policies } } }
}

function trust(statement: Record<string, Value>): Record<string, Resource> {
  return {
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Statement: [allow(statement)] } } },
  }
}

function key(statement: Record<string, Value>): Record<string, Resource> {
  const KeyPolicy = { Statement: [allow(statement)] }
  return { Key: { Type: 'AWS::KMS::Key', Properties: { EnableKeyRotation: true, KeyPolicy } } }
}
