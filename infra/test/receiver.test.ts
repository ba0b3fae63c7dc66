// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are CloudFormation's placeholders
import { beforeAll, expect, it } from 'vitest'
import { partsOf, withPrefix } from './parts.ts'

/*
 * partner/receiver.yaml is the node of edge.yaml on an edge of another account. What is not said here to differ is the same
 * in both, so that what is mended in one is mended in the other.
 */
let edge: Map<string, string>
let receiver: Map<string, string>

beforeAll(async () => {
  edge = await partsOf('edge.yaml')
  receiver = await partsOf('partner/receiver.yaml', { called: asInEdge })
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
