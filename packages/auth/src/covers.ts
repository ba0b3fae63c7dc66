import type { PolicyDocument } from './policy.ts'

/** By actions and resources alone: what a condition adds is not known here. */
export function covers({ Statement }: PolicyDocument, action: string, resource: string): boolean {
  const matching = Statement.filter(
    ({ Action, Resource }) =>
      [Action].flat().some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
      [Resource].flat().some((pattern) => matches(pattern, resource)),
  )
  return matching.length > 0 && matching.every(({ Effect }) => Effect === 'Allow')
}

function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's').test(text)
}
