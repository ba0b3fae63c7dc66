import { createHash, randomBytes } from 'node:crypto'

/** A new code: 256 random bits, as 64 hex digits, so that no command line takes it for a flag. */
export const newCode = (): string => randomBytes(32).toString('hex')

/**
 * What is kept of a code, and what a ticket is found by. SHA-256 by itself, without salt or stretching: those are against
 * guessing what people choose, and nobody guesses 256 random bits. Nor is anything compared, in constant time or not: the hash
 * is the key of the item, and how long a key takes to be found tells nothing of the code of another.
 */
export const hashOf = (code: string): string => createHash('sha256').update(code).digest('hex')

/** What a ticket is called by: enough of its hash to be the only one, by which nobody redeems anything. */
export const idOf = (hash: string): string => hash.slice(0, 16)
