/** Values by key, made when first asked for; of more than `limit`, the one unused for longest is forgotten. */
export class RecentlyUsed<Value> {
  readonly #limit: number
  readonly #values = new Map<string, Value>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get(key: string, make: () => Value): Value {
    const value = this.#values.get(key) ?? make()
    // A Map keeps the order of insertion, so the first key is the one unused for longest.
    this.#values.delete(key)
    this.#values.set(key, value)
    const [oldest] = this.#values.keys()
    if (this.#values.size > this.#limit && oldest !== undefined) this.#values.delete(oldest)
    return value
  }
}
