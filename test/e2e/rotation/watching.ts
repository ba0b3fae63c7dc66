import type { Client, HttpRequest } from '@smithy/types'

/** Does a request to the service, which `watching` sees; one that changes something by its name. */
export type Watch = <Result>(name: string, work: () => Promise<Result>) => Promise<Result>

/** The requests of one process, which may be killed after one of them. */
export interface Watched {
  readonly watch: Watch
  /** How many have changed something. */
  readonly changes: number
  readonly isCut: boolean
  readonly urls: readonly string[]
  /** Has an SDK client go by it. */
  // biome-ignore lint/suspicious/noExplicitAny: whichever client
  client(client: Pick<Client<any, any, any>, 'middlewareStack'>): void
}

/** After a change a process that reads only could as well have been killed at once. */
const changing = /^(Put|Update|Create|Delete|Add|Set|Lock)/

/**
 * Watches the requests of a process and kills it, if asked to, when so many of them have changed something: the answer to the
 * last is lost, and nothing more is asked for.
 */
export function watching({ cutAfter = Number.POSITIVE_INFINITY } = {}): Watched {
  let changes = 0
  const urls: string[] = []
  const refuseIfCut = () => {
    if (changes >= cutAfter) throw new Error('The test has killed this process.')
  }
  const watch: Watch = async (name, work) => {
    refuseIfCut()
    const result = await work()
    if (changing.test(name)) changes += 1
    refuseIfCut()
    return result
  }
  return {
    watch,
    get changes() {
      return changes
    },
    get isCut() {
      return changes >= cutAfter
    },
    urls,
    client({ middlewareStack }) {
      middlewareStack.add(
        (next, { commandName = '' }) =>
          (args) =>
            watch(commandName, () => next(args)),
        { step: 'initialize' },
      )
      middlewareStack.add(
        (next) => (args) => {
          const { protocol, hostname, path, query } = args.request as HttpRequest
          urls.push(`${protocol}//${hostname}${path}?${JSON.stringify(query)}`)
          return next(args)
        },
        { step: 'finalizeRequest' },
      )
    },
  }
}
