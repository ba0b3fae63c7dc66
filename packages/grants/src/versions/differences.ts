import type { Change, Versioned } from './version.ts'

/** What is different between two versions of a record, each as `state created -> active`. */
function differences<Kept extends object>(before: Kept, after: Kept): string[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof Kept & string)[]
  return fields.flatMap((field) => {
    if (field === 'version' || JSON.stringify(before[field]) === JSON.stringify(after[field])) return []
    const [from, to] = [inWords(before[field]), inWords(after[field])]
    return from === undefined || to === undefined ? field : `${field} ${from} -> ${to}`
  })
}

function inWords(value: unknown): string | undefined {
  if (value === undefined) return 'none'
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

/** What whoever has read `before` is told of what is there now, and which fields have changed since. */
export function overtaken<Kept extends Versioned>(
  what: string,
  before: Kept,
  now: (Change & { record: Kept }) | undefined,
): { readonly message: string; readonly changed: readonly string[] } {
  const changed = now === undefined ? [] : differences(before, now.record)
  const came =
    now === undefined
      ? 'is not there any more'
      : `was changed by ${now.by} at ${now.at} (${now.what}; version ${before.version} is ${now.record.version} now): ${changed.join(', ')}`
  return { message: `${what} ${came}. Look at it again, and repeat what you want of it.`, changed }
}
