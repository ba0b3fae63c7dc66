import { randomInt } from 'node:crypto'

/** What the first round of each soak follows from; each further round has the next number. */
export const seed: number = numberFrom('CAUSEWAY_SEED') ?? randomInt(1, 1_000_000_000)

/** How long each soak goes on to begin new rounds. */
export const seconds: number = numberFrom('CAUSEWAY_FAULT_SECONDS') ?? 3

/** How many messages go through each node whose processes are killed. */
export const messageCount: number = numberFrom('CAUSEWAY_FAULT_MESSAGES') ?? 500

/** The command whose first round has this seed. */
export const repeatedBy = (seed: number): string =>
  `CAUSEWAY_SEED=${seed} CAUSEWAY_FAULT_SECONDS=${seconds} CAUSEWAY_FAULT_MESSAGES=${messageCount} npm run test:faults`

function numberFrom(name: string): number | undefined {
  const text = process.env[name]
  if (text === undefined || text === '') return undefined
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`${name} must be a whole number of 1 to 9 digits, and not 0.`)
  return Number(text)
}
