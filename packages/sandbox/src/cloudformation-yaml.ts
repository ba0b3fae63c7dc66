import { Pair, Scalar, type Tags, YAMLMap, type YAMLSeq } from 'yaml'

// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
const FUNCTIONS = [
  'And',
  'Base64',
  'Cidr',
  'Equals',
  'FindInMap',
  'GetAtt',
  'GetAZs',
  'If',
  'ImportValue',
  'Join',
  'Length',
  'Not',
  'Or',
  'Select',
  'Split',
  'Sub',
  'ToJsonString',
  'Transform',
]

/** CloudFormation's short forms for the `yaml` package: `!Sub a` is read as the full form `{ "Fn::Sub": "a" }`. */
export const cloudFormationTags: Tags = [
  ...FUNCTIONS.flatMap((name) => shortForm(`!${name}`, `Fn::${name}`)),
  ...shortForm('!Ref', 'Ref'),
  ...shortForm('!Condition', 'Condition'),
]

function shortForm(tag: string, key: string): Exclude<Tags[number], string>[] {
  const ofCollection = (value: YAMLMap | YAMLSeq): YAMLMap => {
    const full = new YAMLMap()
    full.add(new Pair(new Scalar(key), value))
    return full
  }
  return [
    // `!GetAtt Queue.Arn` is the one short form that is not its full form's text.
    { tag, resolve: (text: string) => ({ [key]: tag === '!GetAtt' ? attribute(text) : text }) },
    { tag, collection: 'seq', resolve: (value) => ofCollection(value as YAMLSeq) },
    { tag, collection: 'map', resolve: (value) => ofCollection(value as YAMLMap) },
  ]
}

/** The logical id ends at the first point; an attribute may hold more: `Outputs.Arn` of a nested stack. */
function attribute(text: string): [string, string] {
  const point = text.indexOf('.')
  return [text.slice(0, point), text.slice(point + 1)]
}
