// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are CloudFormation's placeholders
import { describe, expect, it } from 'vitest'
import { rules } from '../rules/index.ts'
import { leastPrivilege } from '../rules/least-privilege.ts'
import type { Resource, Template, Value } from '../rules/template.ts'

const noValue = { Ref: 'AWS::NoValue' }
const own = { AWS: { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root' } }
const other = { AWS: { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${PartnerAccountId}:root' } }

const tls = {
  Effect: 'Deny',
  Action: 'sqs:*',
  Principal: '*',
  Resource: { 'Fn::GetAtt': ['Queue', 'Arn'] },
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
}
const policy = (it: Value) => ({
  Type: 'AWS::SQS::QueuePolicy',
  Properties: { Queues: [{ Ref: 'Queue' }], PolicyDocument: { Statement: [it] } },
})

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

  it.each<Value>([
    'arn:aws:sqs:eu-west-1:111111111111:a*',
    'arn:aws:sqs:eu-west-1:111111111111:order?',
    { 'Fn::Sub': 'arn:${AWS::Partition}:sqs:*:*:*' },
    { 'Fn::Sub': ['arn:aws:sqs:${Where}', { Where: '*:*:*' }] },
    { 'Fn::Join': [':', ['arn:aws:sqs', { Ref: 'AWS::Region' }, { Ref: 'AWS::AccountId' }, '*']] },
    { 'Fn::If': ['IsFifo', 'arn:aws:sqs:eu-west-1:111111111111:orders', '*'] },
  ])('is for no resource that a wildcard names: %j', (Resource) => {
    expect(problems(role({ Action: 'sqs:SendMessage', Resource }))).toEqual([expect.stringContaining('the resource')])
  })

  it('may be for the objects of a bucket, or of a path of it, and for no other name that is left open', () => {
    const bucket = { 'Fn::Sub': '${Bucket.Arn}/records/*' }
    const Action = ['s3:GetObject', 's3:PutObject']
    expect(problems(role({ Action, Resource: bucket }))).toEqual([])
    expect(problems(role({ Action, Resource: { 'Fn::Sub': '${AuditBucketArn}/*' } }))).toEqual([])
    for (const Resource of [
      '*',
      'arn:aws:s3:::*/records/*',
      { 'Fn::Sub': '${Bucket.Arn}*' },
      { 'Fn::Sub': '${Bucket.Arn}/*/a' },
    ]) {
      expect(problems(role({ Action, Resource }))).toEqual([expect.stringContaining('the resource')])
    }
    expect(problems(role({ Action: [...Action, 's3:ListBucket'], Resource: bucket }))).toHaveLength(1)
  })

  it('may be to sign with a key, which no service does', () => {
    const Resource = { 'Fn::GetAtt': ['Key', 'Arn'] }
    expect(problems(role({ Action: ['kms:Sign', 'kms:GetPublicKey'], Resource }))).toEqual([])
    expect(problems(role({ Action: ['kms:Sign', 'kms:Decrypt'], Resource }))).toEqual([
      expect.stringContaining('use of a key'),
    ])
    expect(problems({ Key: { Type: 'AWS::KMS::Key', Properties: { KeyUsage: 'SIGN_VERIFY' } } })).toEqual([])
  })

  it.each<Value>(['sqs:S*', 'sqs:Send?essage', { 'Fn::Sub': 'sqs:${Verb}' }, { Ref: 'Action' }])(
    'is for no action that is not written out: %j',
    (Action) => {
      expect(problems(role({ Action, Resource: 'arn' }))).toEqual([expect.stringContaining('the action')])
    },
  )

  it.each(['iam:PassRole', 'iam:AttachRolePolicy'])('is never for one that leads to any other: %s', (Action) => {
    expect(problems(role({ Action, Resource: { Ref: 'RoleArn' } }))).toEqual([
      `Resources.Role.PolicyDocument.It allows the action ${Action}, by which one can give oneself any other`,
    ])
  })

  describe('to the access keys of users', () => {
    const Action = ['iam:CreateAccessKey', 'iam:DeleteAccessKey']
    const users = { Type: 'String', AllowedPattern: '^(arn:aws:iam::\\d{12}:user/[\\w+=.@/-]+(,(?=.)|$))*$' }
    const anything = { Type: 'String', AllowedPattern: '^.*$' }
    const found = (Resource: Value, UserArns: Parameters = users) =>
      [...leastPrivilege({ Resources: role({ Action, Resource }), Parameters: { UserArns } })].map(
        ({ message }) => message,
      )
    type Parameters = { readonly [name: string]: Value }

    it('is for users that are named, in the template or by a parameter that takes nothing else', () => {
      expect(found('arn:aws:iam::111111111111:user/orders')).toEqual([])
      expect(found({ Ref: 'UserArns' })).toEqual([])
      expect(found({ 'Fn::Split': [',', { Ref: 'UserArns' }] })).toEqual([])
    })

    it.each<[string, Value, Parameters]>([
      ['every user', '*', users],
      ['users below a path', 'arn:aws:iam::111111111111:user/senders/*', users],
      ['a role', 'arn:aws:iam::111111111111:role/orders', users],
      ['what a parameter may be given', { Ref: 'UserArns' }, anything],
      ['a parameter that is not there', { Ref: 'Others' }, users],
      ['a name that is put together', { 'Fn::Sub': 'arn:aws:iam::111111111111:user/${Name}' }, users],
    ])('is never for %s', (_, Resource, UserArns) => {
      expect(found(Resource, UserArns)).toEqual(
        expect.arrayContaining(Action.map((action) => `allows the action ${action} on more than users that are named`)),
      )
    })
  })

  describe('to a policy', () => {
    const arns: Readonly<Record<string, string>> = {
      'sqs:SetQueueAttributes': 'arn:aws:sqs:eu-west-1:111111111111:orders.fifo',
      'kms:PutKeyPolicy': 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab',
      's3:PutBucketPolicy': 'arn:aws:s3:::orders',
      's3:DeleteBucketPolicy': 'arn:aws:s3:::orders',
    }
    it.each(Object.entries(arns))('%s is for what is named, and for nothing else', (Action, arn) => {
      const found = (Resource: Value) => problems(role({ Action, Resource }))
      const wide = expect.stringMatching(/allows the action \S+ on more than (queues|keys|buckets) that are named$/)
      expect(found(arn)).toEqual([])
      for (const open of [
        '*',
        `${arn}*`,
        'arn:aws:iam::111111111111:role/orders',
        { Ref: 'Anything' },
        ...Object.values(arns).filter((other) => other !== arn),
      ]) {
        expect(found(open)).toContainEqual(wide)
      }
    })
  })

  it('may be to delete the ExternalIds of grants, so that they are given back, and to nothing else of them', () => {
    const Resource = { 'Fn::Sub': 'arn:aws:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:causeway/grants/*' }
    const Action = 'secretsmanager:DeleteSecret'
    const Condition = { BoolIfExists: { 'secretsmanager:ForceDeleteWithoutRecovery': 'false' } }
    expect(problems(role({ Action, Resource, Condition }))).toEqual([])
    const all = { 'Fn::Sub': Resource['Fn::Sub'].replace('grants/', '') }
    for (const open of [
      { Action, Resource },
      { Action, Resource: all, Condition },
      { Action: [Action, 'secretsmanager:GetSecretValue'], Resource, Condition },
    ]) {
      expect(problems(role(open))).toEqual([expect.stringContaining('the resource')])
    }
  })

  it('may be to all secrets that name one function for their rotation, and to no others', () => {
    const Resource = { 'Fn::Sub': 'arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:*' }
    const rotate = { Action: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'], Resource }
    const key = 'secretsmanager:resource/AllowRotationLambdaArn'
    const named = (operator: string, value: Value) => ({ ...rotate, Condition: { [operator]: { [key]: value } } })
    expect(problems(role(named('StringEquals', { 'Fn::Sub': 'arn:${AWS::Partition}:function:x' })))).toEqual([])
    for (const open of [
      rotate,
      named('StringLike', 'arn:*'),
      named('StringEquals', '*'),
      named('StringNotEquals', 'arn'),
    ]) {
      expect(problems(role(open))).toEqual([expect.stringContaining('allows the resource')])
    }
    expect(problems(role({ ...named('StringEquals', 'arn'), Action: 's3:GetObject' }))).toHaveLength(1)
    expect(problems(role({ Action: 'secretsmanager:ListSecrets', Resource: '*' }))).toEqual([])
  })

  it('may be to sessions of all roles of apps, and of no others, and to nothing else on those', () => {
    const roles = (path: string) => ({ 'Fn::Sub': `arn:\${AWS::Partition}:iam::${path}` })
    const Action = ['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession']
    expect(problems(role({ Action, Resource: roles('${AWS::AccountId}:role/causeway-app-*') }))).toEqual([])
    for (const path of ['*:role/causeway-app-*', '${Other}:role/causeway-app-*', '${AWS::AccountId}:role/causeway-*']) {
      expect(problems(role({ Action, Resource: roles(path) }))).toEqual([expect.stringContaining('the resource')])
    }
    const more = { Action: [...Action, 'sqs:SendMessage'], Resource: roles('${AWS::AccountId}:role/causeway-app-*') }
    expect(problems(role(more))).toEqual([expect.stringContaining('the resource')])
  })

  it('may be to write policies of roles of apps that have a boundary, and of no others', () => {
    const Resource = { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:role/causeway-app-*' }
    const bound = { StringEquals: { 'iam:PermissionsBoundary': { Ref: 'Boundary' } } }
    const boundary = (holders: Record<string, Value> = {}) => {
      const PolicyDocument = { Statement: [allow({ Action: 'sqs:SendMessage', Resource: 'arn:aws:sqs:*:*:*' })] }
      return { Boundary: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument, ...holders } } }
    }
    const put = { Action: 'iam:PutRolePolicy', Resource, Condition: bound }
    expect(problems({ ...role(put), ...boundary() })).toEqual([])
    for (const open of [
      { ...put, Condition: {} },
      { ...put, Condition: { StringNotEquals: bound.StringEquals } },
      { ...put, Condition: { StringEquals: { 'iam:PermissionsBoundary': '*' } } },
      { ...put, Action: ['iam:PutRolePolicy', 'iam:DeleteRolePermissionsBoundary'] },
      { ...put, Resource: '*' },
    ]) {
      expect(problems({ ...role(open), ...boundary() })).toContainEqual(
        expect.stringContaining('by which one can give oneself any other'),
      )
    }
    expect(problems(boundary({ Roles: ['orders'] }))).toEqual([expect.stringContaining('allows the resource')])
  })

  it('is found behind a condition of the template', () => {
    const hidden = { 'Fn::If': ['HasTargets', allow({ Action: 'sqs:SendMessage', Resource: ['arn', '*'] }), noValue] }
    expect(
      problems({
        Role: { Type: 'AWS::IAM::Role', Properties: { Policies: [{ PolicyDocument: { Statement: [hidden] } }] } },
      }),
    ).toHaveLength(1)
  })

  it('is found in a whole policy, and in a list of statements, that stand behind one', () => {
    const Statement = [allow({ Action: '*', Resource: 'arn' })]
    for (const PolicyDocument of [
      { 'Fn::If': ['A', { Statement }, noValue] },
      { Statement: { 'Fn::If': ['A', noValue, Statement] } },
      { Statement: [{ 'Fn::If': ['A', { 'Fn::If': ['B', Statement[0] ?? null, noValue] }, noValue] }] },
    ]) {
      const Role = { Type: 'AWS::IAM::Role', Properties: { Policies: [{ PolicyDocument }] } }
      expect(problems({ Role })).toEqual([expect.stringContaining('the action *')])
    }
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

  const partners: Value[] = [
    other,
    { AWS: { Ref: 'PartnerAccountId' } },
    { AWS: '222222222222' },
    { AWS: { 'Fn::Join': [':', ['arn:aws:iam:', { Ref: 'PartnerAccountId' }, 'root']] } },
    { AWS: { 'Fn::Sub': 'arn:aws:iam::${PartnerAccountId}:role/${AWS::AccountId}' } },
    { AWS: { 'Fn::Sub': ['arn:aws:iam::${AWS::AccountId}:root', { 'AWS::AccountId': '222222222222' }] } },
    { AWS: ['222222222222', { Ref: 'AWS::AccountId' }] },
    { Federated: 'accounts.google.com' },
    { CanonicalUser: '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be' },
    { 'Fn::If': ['HasPartner', { AWS: { Ref: 'PartnerAccountId' } }, own] },
  ]
  it.each(partners)('is whoever is not provably of this one: %j', (Principal) => {
    const message = expect.stringContaining('a whole other account')
    expect(problems(trust({ Action: 'sts:AssumeRole', Principal }))).toEqual([message])
  })

  const anyone: Value[] = [{ AWS: '*' }, { AWS: ['*'] }, { AWS: { 'Fn::Sub': 'arn:aws:iam::*:root' } }]
  it.each(anyone)('is not everyone, under whatever condition: %j', (Principal) => {
    const Condition = { StringEquals: { 'sts:ExternalId': 'x' } }
    expect(problems(trust({ Action: 'sts:AssumeRole', Principal, Condition }))).toEqual([
      expect.stringContaining('everyone'),
    ])
  })

  const named = { ArnLike: { 'aws:PrincipalArn': { 'Fn::Split': [',', { Ref: 'PartnerPrincipalArns' }] } } }
  const roleArn = 'arn:aws:iam::222222222222:role/sender'
  const conditions: Value[] = [
    { 'Fn::If': ['HasPartnerPrincipals', named, noValue] },
    { ArnLike: { 'Fn::If': ['HasPartnerPrincipals', named.ArnLike, noValue] } },
    { StringNotEquals: { 'sts:ExternalId': 'x' } },
    { StringEqualsIfExists: { 'sts:ExternalId': 'x' } },
    { 'ForAllValues:StringEquals': { 'sts:ExternalId': 'x' } },
    { StringLike: { 'sts:ExternalId': '*' } },
    { ArnNotLike: { 'aws:PrincipalArn': roleArn } },
    { ArnLike: { 'aws:PrincipalArn': [roleArn, 'arn:aws:iam::*:*'] } },
    { ArnLike: { 'aws:PrincipalArn': { 'Fn::Sub': '${Roles},arn:aws:iam::*:*' } } },
    { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::222222222222:role/*' } },
    { ArnLike: { 'aws:PrincipalArn': { 'Fn::Join': ['', ['arn:aws:iam::222222222222:role', '/*']] } } },
    { ArnLike: { 'aws:PrincipalArn': { 'Fn::Sub': '${Prefix}/*' } } },
    { ArnLike: { 'aws:PrincipalArn': { 'Fn::Sub': ['${Prefix}/*', { Prefix: { Ref: 'RoleArn' } }] } } },
    { ArnLike: { 'aws:PrincipalArn': { 'Fn::Join': ['/*,', { 'Fn::Split': [',', { Ref: 'RoleArns' }] }] } } },
    { ArnLike: { 'aws:PrincipalArn': { 'Fn::FindInMap': ['Partners', 'one', 'roles'] } } },
    { ArnLike: { 'aws:PrincipalArn': 'arn:aws:sts::222222222222:assumed-role/*' } },
    { Bool: { 'aws:PrincipalIsAWSService': 'false' } },
  ]
  it.each(conditions)('is not held back by a condition that it may pass anyway: %j', (Condition) => {
    expect(problems(trust({ Action: 'sts:AssumeRole', Principal: other, Condition }))).toEqual([
      expect.stringContaining('a whole other account'),
    ])
  })

  it('is named with the sessions of its roles, whatever they are called', () => {
    const Condition = {
      ArnLike: { 'aws:PrincipalArn': [roleArn, 'arn:aws:sts::222222222222:assumed-role/sender/*'] },
    }
    expect(problems(trust({ Action: 'sts:AssumeRole', Principal: other, Condition }))).toEqual([])
  })

  it('may send and receive, and never change or empty a queue', () => {
    for (const action of ['PurgeQueue', 'SetQueueAttributes', 'AddPermission', 'DeleteQueue']) {
      expect(problems(trust({ Action: `sqs:${action}`, Principal: other, Condition: named }))).toEqual([
        expect.stringContaining(`another account the action sqs:${action}`),
      ])
    }
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

describe('a service', () => {
  const Principal = { Service: { 'Fn::Sub': 'logs.${AWS::Region}.amazonaws.com' } }

  it('takes on a role, and uses a key only for what is named', () => {
    expect(problems(trust({ Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }))).toEqual([])
    const use = { Action: 'kms:Decrypt', Resource: '*', Principal }
    const arn = { 'Fn::Sub': 'arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:a' }
    const Condition = { ArnEquals: { 'kms:EncryptionContext:aws:logs:arn': arn } }
    expect(problems(key({ ...use, Condition }))).toEqual([])
    expect(problems(key(use))).toEqual([expect.stringContaining('aws:SourceArn')])
    const wide = { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': 'arn:aws:logs:*' } }
    expect(problems(key({ ...use, Condition: wide }))).toEqual([expect.stringContaining('aws:SourceArn')])
  })

  it('calls a function only for one resource or account; another account never does', () => {
    const permission = (more: Record<string, Value>) =>
      problems({
        It: { Type: 'AWS::Lambda::Permission', Properties: { Action: 'lambda:InvokeFunction', ...more } },
      })
    const service = { Principal: 's3.amazonaws.com' }
    const refused = [expect.stringContaining('needs a service as its Principal')]
    expect(permission({ ...service, SourceAccount: { Ref: 'AWS::AccountId' } })).toEqual([])
    expect(permission(service)).toEqual(refused)
    expect(permission({ Principal: '222222222222' })).toEqual(refused)
    expect(permission({ Principal: '222222222222', SourceAccount: '222222222222' })).toEqual(refused)
    expect(permission({ ...service, SourceAccount: { 'Fn::If': ['A', '111111111111', noValue] } })).toEqual(refused)
  })
})

describe('a key that lasts', () => {
  it.each(['User', 'AccessKey', 'Group'])('is never made: AWS::IAM::%s', (type) => {
    expect(problems({ It: { Type: `AWS::IAM::${type}`, Properties: {} } })).toEqual([
      expect.stringContaining('use a role'),
    ])
  })
})

describe('a function', () => {
  const properties = { Timeout: 40, LoggingConfig: { LogGroup: { Ref: 'Log' } } }
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
    expect(problems({ Fn: fn, Log: log, Queue: queue(240), Policy: policy(tls), Map: mapping(partial) })).toEqual([])
    expect(problems({ Fn: fn, Log: log, Queue: queue(239), Policy: policy(tls), Map: mapping(partial) })).toEqual([
      "Resources.Queue.VisibilityTimeout is 239 s, less than six times the function's timeout of 40 s",
    ])
  })

  it('has its message run again while a FIFO target still knows what the killed run sent', () => {
    expect(problems({ Fn: fn, Log: log, Queue: queue(259), Policy: policy(tls), Map: mapping(partial) })).toEqual([])
    expect(problems({ Fn: fn, Log: log, Queue: queue(260), Policy: policy(tls), Map: mapping(partial) })).toEqual([
      "Resources.Queue.VisibilityTimeout is 260 s, and with the function's timeout of 40 s not less than SQS's 300 s of deduplication",
    ])
  })

  it('answers for each message of a batch', () => {
    expect(problems({ Fn: fn, Log: log, Queue: queue(240), Policy: policy(tls), Map: mapping({}) })).toEqual([
      expect.stringContaining('batch item failures'),
    ])
  })

  it('answers for no single record of Kafka, whose batches come again whole', () => {
    expect(problems({ Fn: fn, Log: log, Map: mapping({ Topics: ['orders'] }) })).toEqual([])
  })
})

describe('a queue', () => {
  it('is encrypted with a key of its own', () => {
    for (const Properties of [{}, { KmsMasterKeyId: 'alias/aws/sqs' }]) {
      expect(problems({ Queue: { Type: 'AWS::SQS::Queue', Properties }, Policy: policy(tls) })).toEqual([
        expect.stringContaining('KmsMasterKeyId'),
      ])
    }
    expect(problems({ Key: { Type: 'AWS::KMS::Key' } })).toEqual([expect.stringContaining('EnableKeyRotation')])
  })

  it('has a policy, which is there whenever the queue is', () => {
    const Queue = { Type: 'AWS::SQS::Queue', Properties: { KmsMasterKeyId: { Ref: 'Key' } } }
    const its = policy(tls)
    const wanting = ['Resources.Queue needs an AWS::SQS::QueuePolicy that refuses plain HTTP']
    const Condition = 'IsPlanned'
    expect(problems({ Queue })).toEqual(wanting)
    expect(problems({ Queue, Policy: { ...its, Condition } })).toEqual(wanting)
    expect(problems({ Queue: { ...Queue, Condition }, Policy: { ...its, Condition } })).toEqual([])
    expect(problems({ Queue: { ...Queue, Condition }, Policy: its })).toEqual([])
    expect(problems({ Queue, Policy: its, DeadLetters: Queue })).toEqual([
      'Resources.DeadLetters needs an AWS::SQS::QueuePolicy that refuses plain HTTP',
    ])
  })

  it('refuses plain HTTP, to everyone and always', () => {
    const { Condition } = tls
    const wanting = [expect.stringContaining('needs a Deny of everything to everyone for aws:SecureTransport')]
    expect(problems({ Policy: policy(tls) })).toEqual([])
    expect(problems({ Policy: policy({ ...tls, Effect: 'Allow' }) })).toEqual(expect.arrayContaining(wanting))
    const loopback = { ...Condition, NotIpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }
    expect(problems({ Policy: policy({ ...tls, Condition: loopback }) })).toEqual([])
    for (const narrowed of [
      { ...tls, Principal: { AWS: 'arn:aws:iam::222222222222:role/sender' } },
      { ...tls, Action: 'sqs:SendMessage' },
      { ...tls, Resource: { 'Fn::GetAtt': ['OtherQueue', 'Arn'] } },
      { ...tls, Condition: { ...Condition, NotIpAddress: { 'aws:SourceIp': '0.0.0.0/0' } } },
      { ...tls, Condition: { BoolIfExists: Condition.Bool } },
      { 'Fn::If': ['IsFifo', tls, noValue] },
    ]) {
      expect(problems({ Policy: policy(narrowed) })).toEqual(wanting)
    }
  })
})

describe('a bucket', () => {
  const days = { Ref: 'RetentionDays' }
  const bucket = (retention: Value, ...Rules: Value[]) => ({
    Bucket: {
      Type: 'AWS::S3::Bucket',
      Properties: {
        ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: retention } } },
        LifecycleConfiguration: { 'Fn::If': ['Expires', { Rules }, noValue] },
      },
    },
  })

  it('keeps what is in it for as long as it is locked', () => {
    expect(problems(bucket(days, { ExpirationInDays: days }, { ExpiredObjectDeleteMarker: true }))).toEqual([])
    expect(problems(bucket(400, { ExpirationInDays: 400 }))).toEqual([])
    expect(problems({ Bucket: { Type: 'AWS::S3::Bucket', Properties: { LifecycleConfiguration: {} } } })).toEqual([])
    for (const tooSoon of [
      bucket(400, { ExpirationInDays: 399 }),
      bucket(days, { ExpirationInDays: { Ref: 'ExpireAfterDays' } }),
      bucket(days, { ExpiredObjectDeleteMarker: true }, { ExpirationInDays: 1 }),
    ]) {
      expect(problems(tooSoon)).toEqual([
        expect.stringContaining('Resources.Bucket.LifecycleConfiguration lets objects'),
      ])
    }
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
