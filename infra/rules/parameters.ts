import type { Problem, Template } from './template.ts'

/** A parameter says what it is, what it takes and, where it is refused, why; a secret one is not echoed. */
export function* parameters({ Parameters = {} }: Template): Generator<Problem> {
  for (const [name, parameter] of Object.entries(Parameters)) {
    const missing = (['Description', ...constraints(parameter)] as const).filter((key) => !(key in parameter))
    for (const key of missing) yield { where: `Parameters.${name}`, message: `needs ${key}` }
    if (/ExternalId|Secret|Password|Token/.test(name) && parameter.NoEcho !== true) {
      yield { where: `Parameters.${name}`, message: 'is secret and needs NoEcho: true' }
    }
  }
}

function constraints(parameter: object): string[] {
  if ('AllowedValues' in parameter) return []
  if ('Type' in parameter && parameter.Type === 'Number') return ['MinValue', 'MaxValue', 'ConstraintDescription']
  return ['AllowedPattern', 'ConstraintDescription']
}
