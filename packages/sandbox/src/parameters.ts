import { InvalidTemplate } from './errors.ts'
import type { Template, TemplateParameter } from './template.ts'

/**
 * Checks values against the template's own Parameters, as CloudFormation would, but before anything is sent and with a sentence
 * for the person who gave them. Values of SSM and AWS-specific types are left for CloudFormation to check.
 */
export function checkParameters({ path, body }: Template, given: Readonly<Record<string, string>>): void {
  const declared = body.Parameters ?? {}
  const names = Object.keys(declared)
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(declared, name)) {
      const known = names.length === 0 ? 'It has none' : `It has ${names.join(', ')}`
      throw new InvalidTemplate(`${path} has no parameter ${name}. ${known}.`)
    }
  }
  for (const [name, parameter] of Object.entries(declared)) {
    const value = given[name]
    if (value !== undefined) checkValue(path, name, parameter, value)
    else if (parameter.Default === undefined) {
      const what = parameter.Description === undefined ? '' : `: ${parameter.Description}`
      throw new InvalidTemplate(`${path} needs a value for its parameter ${name}${what}`)
    }
  }
}

/** The values that must not be shown, for whoever shows text that may hold them. */
export function secretValues({ body }: Template, given: Readonly<Record<string, string>>): string[] {
  return Object.entries(given).flatMap(([name, value]) =>
    value !== '' && isSecret(body.Parameters?.[name]) ? [value, ...value.split(',')] : [],
  )
}

function isSecret(parameter: TemplateParameter | undefined): boolean {
  return String(parameter?.NoEcho).toLowerCase() === 'true'
}

function checkValue(path: string, name: string, parameter: TemplateParameter, value: string): void {
  const isList = parameter.Type === 'CommaDelimitedList' || parameter.Type === 'List<Number>'
  // CloudFormation trims the items of a list.
  const items = isList ? value.split(',').map((item) => item.trim()) : [value]
  for (const item of items) {
    const problem = problemOf(parameter, item)
    if (problem === undefined) continue
    const expected = parameter.ConstraintDescription?.replace(/\.$/, '') ?? problem
    const got = isSecret(parameter) ? 'the value given is not shown' : `got ${JSON.stringify(item)}`
    throw new InvalidTemplate(`Parameter ${name} of ${path} ${expected}; ${got}.`)
  }
}

function problemOf(parameter: TemplateParameter, value: string): string | undefined {
  const { AllowedValues, AllowedPattern, MinLength = 0, MaxLength = Number.POSITIVE_INFINITY } = parameter
  if (AllowedValues !== undefined && !AllowedValues.map(String).includes(value)) {
    return `must be one of ${AllowedValues.join(', ')}`
  }
  if (AllowedPattern !== undefined && !matches(AllowedPattern, value)) return `must match ${AllowedPattern}`
  if (value.length < MinLength) return `must have at least ${MinLength} characters`
  if (value.length > MaxLength) return `must have at most ${MaxLength} characters`
  return parameter.Type === 'Number' || parameter.Type === 'List<Number>' ? numberProblem(parameter, value) : undefined
}

function numberProblem({ MinValue, MaxValue }: TemplateParameter, value: string): string | undefined {
  const number = value.trim() === '' ? Number.NaN : Number(value)
  if (!Number.isFinite(number)) return 'must be a number'
  if (MinValue !== undefined && number < MinValue) return `must be at least ${MinValue}`
  if (MaxValue !== undefined && number > MaxValue) return `must be at most ${MaxValue}`
  return undefined
}

/** The whole value has to match. A pattern that only Java understands is left for CloudFormation. */
function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(value)
  } catch {
    return true
  }
}
