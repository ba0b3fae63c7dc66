import * as v from 'valibot'

/**
 * Reads a value that is a JSON object with these strings in it; what else is in it is kept from rotation to rotation.
 * Its errors name a key, and repeat nothing.
 */
export function jsonValue<const Key extends string>(
  ...keys: readonly Key[]
): (text: string) => Record<Key, string> & Record<string, unknown> {
  const schema = v.looseObject(Object.fromEntries(keys.map((key) => [key, v.pipe(v.string(), v.nonEmpty())])))
  const expected = `a JSON object with ${keys.map((key) => `"${key}"`).join(' and ')}`
  return (text) => {
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch {
      throw new Error(`it is not JSON. Expected ${expected}.`) // the message of JSON.parse repeats the text
    }
    const result = v.safeParse(schema, parsed)
    if (result.success) return result.output as Record<Key, string> & Record<string, unknown>
    const key = v.getDotPath(result.issues[0])
    throw new Error(`${key === null ? 'it is no object' : `"${key}" is missing, or no text`}. Expected ${expected}.`)
  }
}
