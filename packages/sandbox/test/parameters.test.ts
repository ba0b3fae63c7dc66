import { expect, test } from 'vitest'
import { checkParameters, secretValues } from '../src/parameters.ts'
import type { Template, TemplateParameter } from '../src/template.ts'

const template = (Parameters: Record<string, TemplateParameter>): Template => ({
  path: 'edge.yaml',
  folder: '/',
  body: { Parameters, Resources: {} },
})

const check = (parameter: Partial<TemplateParameter>, value: string): void =>
  checkParameters(template({ Name: { Type: 'String', ...parameter } }), { Name: value })

test.each<[Partial<TemplateParameter>, string]>([
  [{}, ''],
  [{ AllowedValues: [true, false] }, 'true'],
  [{ AllowedPattern: '[a-z]+|-' }, 'abc'],
  [{ Type: 'Number', MinValue: 1, MaxValue: 10 }, '10'],
  [{ Type: 'List<Number>' }, '1, 2,3'],
  [{ Type: 'CommaDelimitedList', AllowedPattern: '[a-z]' }, 'a, b'],
  [{ Type: 'AWS::SSM::Parameter::Value<String>' }, '/a/name'],
  // Java's possessive quantifier: CloudFormation will tell.
  [{ AllowedPattern: '[a-z]++' }, '1'],
])('%j takes %j', (parameter, value) => {
  expect(() => check(parameter, value)).not.toThrow()
})

test.each<[Partial<TemplateParameter>, string, string]>([
  [{ AllowedValues: [true, false] }, 'maybe', 'must be one of true, false; got "maybe".'],
  [{ AllowedPattern: '[a-z]+' }, 'abc1', 'must match [a-z]+; got "abc1".'],
  [{ AllowedPattern: 'a|b' }, 'ab', 'must match a|b; got "ab".'],
  [{ MinLength: 3 }, 'ab', 'must have at least 3 characters; got "ab".'],
  [{ MaxLength: 1 }, 'ab', 'must have at most 1 characters; got "ab".'],
  [{ Type: 'Number' }, 'ten', 'must be a number; got "ten".'],
  [{ Type: 'Number' }, '', 'must be a number; got "".'],
  [{ Type: 'Number', MinValue: 1 }, '0', 'must be at least 1; got "0".'],
  [{ Type: 'Number', MaxValue: 10 }, '11', 'must be at most 10; got "11".'],
  [{ Type: 'CommaDelimitedList', AllowedPattern: '[a-z]' }, 'a,1', 'must match [a-z]; got "1".'],
  [
    { AllowedPattern: '[a-z]+', ConstraintDescription: 'must be small letters.' },
    'X',
    'must be small letters; got "X".',
  ],
])('%j does not take %j, and says why', (parameter, value, rest) => {
  expect(() => check(parameter, value)).toThrow(`Parameter Name of edge.yaml ${rest}`)
})

test('a value that must not be shown is not shown', () => {
  const parameter = { NoEcho: 'true', MinLength: 20 }
  expect(() => check(parameter, 'sesame')).toThrow('must have at least 20 characters; the value given is not shown.')
  const parameters = template({ Ids: { Type: 'CommaDelimitedList', NoEcho: true }, Name: { Type: 'String' } })
  expect(secretValues(parameters, { Ids: 'one,two', Name: 'orders' })).toEqual(['one,two', 'one', 'two'])
})

test('a parameter that the template does not have is named, with those it has', () => {
  const parameters = template({ EdgeName: { Type: 'String', Default: 'x' }, Fifo: { Type: 'String', Default: 'true' } })
  expect(() => checkParameters(parameters, { EdgeNam: 'x' })).toThrow(
    'edge.yaml has no parameter EdgeNam. It has EdgeName, Fifo.',
  )
  expect(() => checkParameters(template({}), { toString: 'x' })).toThrow('has no parameter toString. It has none.')
})

test('a parameter without a default has to be given', () => {
  const parameters = template({ EdgeName: { Type: 'String', Description: 'Name of the edge.' } })
  expect(() => checkParameters(parameters, {})).toThrow(
    'edge.yaml needs a value for its parameter EdgeName: Name of the edge.',
  )
})
