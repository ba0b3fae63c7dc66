// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are CloudFormation's placeholders
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
// @boundaries-ignore how a template is read
import { readTemplate } from '../../packages/sandbox/src/template.ts'
import { isList, isObject, type Value } from '../rules/template.ts'

/*
 * partner/receiver.yaml is the node of edge.yaml on an edge of another account. What is not said here to differ is the same
 * in both, so that what is mended in one is mended in the other.
 */
let edge: Map<string, string>
let receiver: Map<string, string>

beforeAll(async () => {
  edge = await partsOf('edge.yaml')
  receiver = await partsOf('partner/receiver.yaml')
})

/** What the receiver names otherwise: the account may have an edge of that name, too, and the queue is not in the stack. */
const asInEdge: readonly (readonly [of: string, as: string])[] = [
  ['alias/causeway-${EdgeName}-receiver', 'alias/causeway-${EdgeName}'],
  ['causeway-${EdgeName}-receiver-messages', 'causeway-${EdgeName}-messages'],
  ['causeway-${EdgeName}-receiver', 'causeway-${EdgeName}-trigger'],
  ['${EdgeName}-receiver-dead', '${EdgeName}-dead'],
  ['{"Fn::Sub":"${EdgeName}-receiver"}', '{"Ref":"EdgeName"}'],
  ['{"Ref":"EdgeQueueArn"}', '{"Fn::GetAtt":["Queue","Arn"]}'],
  ['../../functions/', '../functions/'],
]

/** A template's parts, as JSON by path: statements are whole, and named by their Sid. */
async function partsOf(file: string): Promise<Map<string, string>> {
  const { body } = await readTemplate(join(import.meta.dirname, '..', file))
  const { Parameters, Rules, Conditions, Resources } = body as unknown as Record<string, Value>
  const parts = new Map<string, string>()
  for (const [path, part] of split({ Parameters, Rules, Conditions, Resources } as Value)) {
    parts.set(
      path.replaceAll(/Properties\.|Policies\.0\.|(Key)?Policy(Document)?\.Statement\.|Environment\.Variables\./g, ''),
      asInEdge.reduce((json, [of, as]) => json.replaceAll(of, as), JSON.stringify(part)),
    )
  }
  return parts
}

function* split(value: Value, path: readonly string[] = []): Generator<[path: string, part: Value]> {
  const items = isList(value) ? value.map((item, index) => [sidOf(item) ?? `${index}`, item] as const) : []
  const isWhole =
    !isList(value) && (!isObject(value) || Object.keys(value).some((key) => /^(Fn::|Ref|Effect)/.test(key)))
  if (isWhole || (isList(value) && !items.some(([, item]) => isObject(item)))) yield [path.join('.'), value]
  else for (const [key, item] of isObject(value) ? Object.entries(value) : items) yield* split(item, [...path, key])
}

function sidOf(item: Value | undefined): string | undefined {
  const statement = isObject(item) && isList(item['Fn::If']) ? item['Fn::If'][1] : item
  return isObject(statement) && typeof statement.Sid === 'string' ? statement.Sid : undefined
}

const withPrefix = (path: string, prefixes: readonly string[]) => prefixes.some((prefix) => path.startsWith(prefix))

it('has what the node of edge.yaml has, but for the edge itself and the ways in', () => {
  const missing = [...edge.keys()].filter((path) => !receiver.has(path))
  const expected = [
    ...[
      'Parameters.ContentBasedDeduplication',
      'Parameters.Partner',
      'Parameters.SenderPrincipalArns',
      'Parameters.ReceiverPrincipalArns',
    ],
    ...[
      'Rules.PartnerIsSaid',
      'Conditions.HasSenderRole',
      'Conditions.HasPartnerPrincipals',
      'Conditions.HasNamed',
      'Conditions.GivesUp',
    ],
    ...[
      'Resources.Queue.',
      'Resources.QueuePolicy.',
      'Resources.Bodies.',
      'Resources.BodiesPolicy.',
      'Resources.SenderRole.',
    ],
    ...['Resources.Key.Named', 'Resources.AgeAlarm.'],
    'Resources.FunctionRole.ReceiveAndGiveUpThroughSqs', // two keys: DecryptThroughSqs, GiveUpThroughSqs
  ]
  expect(missing.filter((path) => !withPrefix(path, expected))).toEqual([])
  expect(expected.filter((prefix) => !missing.some((path) => path.startsWith(prefix)))).toEqual([])
})

it('has nothing else but what it must be told of the edge, and an alarm in the place of that on age', () => {
  const added = [...receiver.keys()].filter((path) => !edge.has(path))
  const expected = [
    ...['Parameters.EdgeQueueArn.', 'Parameters.EdgeKeyArn.', 'Parameters.BodiesBucketName.', 'Conditions.HasBodies'],
    ...[
      'Resources.FunctionRole.DecryptThroughSqs',
      'Resources.FunctionRole.GiveUpThroughSqs',
      'Resources.ErrorsAlarm.',
    ],
  ]
  expect(added.filter((path) => !withPrefix(path, expected))).toEqual([])
})

it('has it the same, but for where the large bodies are, and what it is called', () => {
  const differing = [...edge.keys()].filter((path) => receiver.has(path) && receiver.get(path) !== edge.get(path))
  expect(differing.sort()).toEqual([
    'Parameters.EdgeName.Description',
    'Parameters.TriggerEnabled.Description',
    'Resources.Function.BODIES',
    'Resources.Function.Description',
    'Resources.FunctionRole.DecryptLargeBodies',
    'Resources.FunctionRole.Description',
    'Resources.FunctionRole.ReadLargeBodies',
    'Resources.Key.Description',
  ])
})
