import { InvalidArgumentError } from 'commander'

/** A flag's whole number of 1 or more. */
export function parseWhole(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('Expected a whole number of 1 or more.')
  return number
}
