// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation's Fn::Sub has the same form.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { references } from '../src/references.ts'
import { readTemplate } from '../src/template.ts'

const folder = mkdtempSync(join(tmpdir(), 'template-'))
afterAll(() => rmSync(folder, { recursive: true }))

function written(text: string): string {
  const file = join(folder, 'template.yaml')
  writeFileSync(file, text)
  return file
}

async function propertiesOf(yaml: string): Promise<Record<string, unknown> | undefined> {
  const { body } = await readTemplate(written(`Resources: { Thing: { Type: A::B::C, Properties: ${yaml} } }`))
  return body.Resources.Thing?.Properties
}

test.each([
  ['{ A: !Ref Queue }', { A: { Ref: 'Queue' } }],
  ['{ A: !GetAtt Queue.Arn }', { A: { 'Fn::GetAtt': ['Queue', 'Arn'] } }],
  ['{ A: !GetAtt Nested.Outputs.Arn }', { A: { 'Fn::GetAtt': ['Nested', 'Outputs.Arn'] } }],
  ['{ A: !GetAtt [Queue, Arn] }', { A: { 'Fn::GetAtt': ['Queue', 'Arn'] } }],
  ["{ A: !Sub 'x-${Queue}' }", { A: { 'Fn::Sub': 'x-${Queue}' } }],
  ["{ A: !Sub ['${X}', { X: !Ref Queue }] }", { A: { 'Fn::Sub': ['${X}', { X: { Ref: 'Queue' } }] } }],
  ['{ A: !If [C, !Ref One, !Ref AWS::NoValue] }', { A: { 'Fn::If': ['C', { Ref: 'One' }, { Ref: 'AWS::NoValue' }] } }],
  ['{ A: !Not [!Condition C] }', { A: { 'Fn::Not': [{ Condition: 'C' }] } }],
  ['{ A: !Transform { Name: AWS::Include } }', { A: { 'Fn::Transform': { Name: 'AWS::Include' } } }],
  [
    '{ A: !Select [0, !Split [",", !Ref List]] }',
    { A: { 'Fn::Select': [0, { 'Fn::Split': [',', { Ref: 'List' }] }] } },
  ],
  ["{ Version: '2012-10-17', A: 2012-10-17, B: yes }", { Version: '2012-10-17', A: '2012-10-17', B: 'yes' }],
])('%s is read as CloudFormation reads it', async (yaml, expected) => {
  expect(await propertiesOf(yaml)).toEqual(expected)
})

test('a template in JSON is read too', async () => {
  const { body } = await readTemplate(written('{"Resources":{"Queue":{"Type":"AWS::SQS::Queue"}}}'))
  expect(body.Resources).toEqual({ Queue: { Type: 'AWS::SQS::Queue' } })
})

test.each([
  ['Resources:\n  A: {\n  B: 1', /is not a template, line \d: /],
  ['Resources:\n  A: { Type: !Reff x }', /is not a template, line 2: Unresolved tag: !Reff/],
  [
    'Resources: { A: { Typ: AWS::SQS::Queue } }',
    /is not a template: Resources\.A\.Type is undefined, expected "Type"\./,
  ],
  ['Parameters: {}', /is not a template: Resources is undefined/],
  ['just a text', /is not a template: the whole is "just a text"|is not a template: the whole is/],
])('%j is refused, with the place', async (text, sentence) => {
  await expect(readTemplate(written(text))).rejects.toThrow(sentence)
})

test('a template that is not there is named', async () => {
  await expect(readTemplate('infra/egde.yaml')).rejects.toThrow(
    'There is no template infra/egde.yaml, or it cannot be read.',
  )
})

test('references are found in Ref, GetAtt, Sub and DependsOn, and nowhere else', () => {
  const part = {
    DependsOn: ['A', 'B'],
    Properties: {
      one: { Ref: 'C' },
      two: { 'Fn::GetAtt': ['D', 'Arn'] },
      three: { 'Fn::GetAtt': 'E.Arn' },
      four: { 'Fn::Sub': '${F}-${G.Arn}-${!H}-${ I }' },
      five: [{ 'Fn::Join': ['', ['J', { 'Fn::Sub': ['${K}', { K: { Ref: 'L' } }] }]] }],
      DependsOn: 'M',
      six: 'N',
    },
  }
  expect([...references(part)].sort()).toEqual(['A', 'B', 'C', 'D', 'E', 'F', 'G', 'I', 'K', 'L', 'M'])
})
