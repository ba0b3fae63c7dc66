import { randomInt } from 'node:crypto'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const digits = '0123456789'

/**
 * Letters and digits, with at least one lower case letter, one upper case letter and a digit, as most rules of passwords ask
 * for. No signs: what has to be quoted in one place or another is sooner or later not. 32 of 62 are 190 bits.
 */
export function randomPassword(length: number): string {
  for (;;) {
    const characters = Array.from({ length }, () => (letters + digits)[randomInt(letters.length + digits.length)])
    const made = characters.join('')
    if (/[a-z]/.test(made) && /[A-Z]/.test(made) && /\d/.test(made)) return made
  }
}
