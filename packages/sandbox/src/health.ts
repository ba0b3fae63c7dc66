import * as v from 'valibot'

/** What MiniStack says of itself. */
export interface Health {
  version: string
  edition: string
}

const health: v.GenericSchema<unknown, Health> = v.object({ version: v.string(), edition: v.string() })

const EDITION = 'causeway sandbox of '

/** The edition that the MiniStack of a checkout is started with, so that whoever finds its port taken can tell whose it is. */
export function editionOf(directory: string): string {
  return EDITION + directory
}

/** The checkout whose sandbox it is, if it is one. */
export function directoryOf({ edition }: Health): string | undefined {
  return edition.startsWith(EDITION) ? edition.slice(EDITION.length) : undefined
}

export function endpointOf(port: number): string {
  return `http://127.0.0.1:${port}`
}

/** The answer of the MiniStack on that port; undefined when none answers. */
export async function healthOf(port: number): Promise<Health | undefined> {
  try {
    const response = await fetch(`${endpointOf(port)}/_ministack/health`, { signal: AbortSignal.timeout(5000) })
    return v.parse(health, await response.json())
  } catch {
    return undefined
  }
}
