/** What a record holds; undefined for what is no JSON. */
export function jsonOf(text = ''): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
