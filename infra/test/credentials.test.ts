// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are CloudFormation's placeholders
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
// @boundaries-ignore what an app may do
import { vendedPolicy } from '../../packages/grants/src/apps/app-policy.ts'
// @boundaries-ignore how a template is read
import { readTemplate } from '../../packages/sandbox/src/template.ts'
import { type Statement, statementsOf } from '../rules/statements.ts'
import type { Template } from '../rules/template.ts'
import { partsOf } from './parts.ts'

/*
 * Whoever may write the policies of a role that it may also have sessions of may do anything. So one function has the sessions,
 * another the policies, and the roles have a boundary. https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
 */
let statements: readonly Statement[]

beforeAll(async () => {
  const { body } = await readTemplate(join(import.meta.dirname, '../credentials.yaml'))
  statements = [...statementsOf(body as unknown as Template)].filter(({ document }) => document === 'PolicyDocument')
})

const of = (role: string) => statements.filter(({ resource }) => resource === role)
const actionsOf = (role: string) =>
  of(role).flatMap(({ effect, actions }) => (effect === 'Allow' ? (actions as string[]) : []))
const about = (role: string, service: string) => of(role).filter(({ actions }) => `${actions}`.includes(`${service}:`))

describe("the vendor's function, which the internet reaches,", () => {
  it('may have sessions of apps cut, and changes nothing of any role', () => {
    expect(actionsOf('FunctionRole').filter((action) => action.startsWith('iam:'))).toEqual([])
    expect(about('FunctionRole', 'lambda')).toMatchObject([
      { actions: ['lambda:InvokeFunction'], resources: [{ 'Fn::GetAtt': ['Revocation', 'Arn'] }] },
    ])
  })

  it('may add to its log, which is kept, and takes nothing out of it', () => {
    expect(actionsOf('FunctionRole').filter((action) => action.startsWith('logs:'))).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ])
  })

  it('reads apps and counts what they ask, and writes no app and no cut', () => {
    expect(
      about('FunctionRole', 'dynamodb').map(({ actions, conditions }) => [actions, conditions.map(([, , key]) => key)]),
    ).toEqual([
      [['dynamodb:GetItem'], [['app']]],
      [['dynamodb:UpdateItem'], [['app-asked']]],
      [['dynamodb:UpdateItem'], [['app-cut']]],
    ])
  })
})

describe('the function that cuts sessions', () => {
  it('writes policies of roles of apps, of those only that have the boundary, and nothing else of a role', () => {
    expect(about('RevocationRole', 'iam')).toMatchObject([
      {
        actions: ['iam:PutRolePolicy'],
        resources: [{ 'Fn::Sub': expect.stringMatching(/:role\/causeway-app-\*$/) }],
        conditions: [['StringEquals', 'iam:PermissionsBoundary', { Ref: 'AppBoundary' }]],
      },
    ])
  })

  it('has no session of any role, and asks no function', () => {
    expect(actionsOf('RevocationRole').toSorted()).toEqual([
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'iam:PutRolePolicy',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ])
  })

  it('reads and writes what is cut, and no app', () => {
    expect(about('RevocationRole', 'dynamodb').flatMap(({ conditions }) => conditions)).toEqual([
      ['ForAllValues:StringLike', 'dynamodb:LeadingKeys', ['cuts', 'cuts#*']],
    ])
  })
})

describe('the boundary of the roles of apps', () => {
  const arn = (service: string, what: string) => `arn:aws:${service}:eu-west-1:111111111111:${what}`
  const keyArn = arn('kms', 'key/1234abcd-12ab-34cd-56ef-1234567890ab')

  it('allows all that an app may be given, and nothing beside', () => {
    const bodies = { bucket: 'bodies', prefix: 'orders/', keyArn }
    const policy = vendedPolicy({
      kind: 'external',
      edges: [{ queueArn: arn('sqs', 'orders'), keyArn, actions: ['send', 'receive'] }],
      bodies: [
        { ...bodies, access: 'send' },
        { ...bodies, access: 'receive' },
      ],
      table: { tableArn: arn('dynamodb', 'table/tenants'), partitionKeys: ['example'], access: 'write' },
    })
    const given = policy?.Statement.flatMap(({ Action }) => Action) ?? []
    expect(new Set(actionsOf('AppBoundary'))).toEqual(new Set(given))
  })

  it('denies the table that says whose the apps are, whatever else a policy allows', () => {
    expect(of('AppBoundary').filter(({ effect }) => effect === 'Deny')).toMatchObject([
      {
        actions: ['dynamodb:*'],
        resources: [{ 'Fn::Sub': expect.stringMatching(/:table\/\$\{TableName\}$/) }],
        conditions: [],
      },
    ])
  })

  it('is of this account', () => {
    const wide = of('AppBoundary').filter(({ resources }) => !JSON.stringify(resources).includes('AWS::AccountId'))
    expect(wide).toMatchObject([
      {
        resources: [{ 'Fn::Sub': 'arn:${AWS::Partition}:s3:::*/*' }],
        conditions: [['StringEquals', 'aws:ResourceAccount', { Ref: 'AWS::AccountId' }]],
      },
    ])
  })
})

describe('the API', () => {
  it('lets nobody to any route without a token of the user pool', async () => {
    const parts = await partsOf('credentials.yaml')
    const routes = [...parts]
      .filter(([, part]) => part === '"AWS::ApiGatewayV2::Route"')
      .map(([path]) => path.replace(/Type$/, ''))
    const keys = routes.map((route) => JSON.parse(parts.get(`${route}RouteKey`) ?? ''))
    expect(keys).toEqual(expect.arrayContaining(['POST /apps/{app}/credentials', 'POST /graphql']))
    for (const route of routes) {
      expect(parts.get(`${route}AuthorizationType`)).toBe('"JWT"')
      expect(parts.get(`${route}AuthorizerId`)).toBe('{"Ref":"Authorizer"}')
    }
  })
})
