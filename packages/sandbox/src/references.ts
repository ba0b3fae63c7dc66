/** The logical ids that a part of a template refers to: by Ref, Fn::GetAtt, Fn::Sub and DependsOn. */
export function references(part: unknown): Set<string> {
  const found = new Set<string>()
  collect(part, found)
  return found
}

function collect(part: unknown, found: Set<string>): void {
  if (Array.isArray(part)) for (const item of part) collect(item, found)
  else if (typeof part === 'object' && part !== null) {
    for (const [key, value] of Object.entries(part)) {
      for (const id of namedBy(key, value)) found.add(id)
      collect(value, found)
    }
  }
}

function namedBy(key: string, value: unknown): string[] {
  const [first] = [value].flat()
  if (key === 'DependsOn') return [value].flat().filter((id) => typeof id === 'string')
  if (typeof first !== 'string') return []
  if (key === 'Ref') return [first]
  if (key === 'Fn::GetAtt') return [first.split('.', 1).join()]
  // `${!Name}` is the text `${Name}`.
  if (key === 'Fn::Sub') return [...first.matchAll(/\$\{([^!.}][^.}]*)/g)].map((match) => match[1]?.trim() ?? '')
  return []
}
