import * as v from 'valibot'

// PREFIX records/2026/11/22/09/CHAIN/000000000012.ndjson.gz    an object: CHAIN lives within its hour
// PREFIX digests/000000000345.json                             a digest: no day in its key, so that a number is there once

/** Where an object of records is. */
export interface Position {
  /** The hour (UTC) that its chain lives in: `2026/11/22/09`. Hours sort as text. */
  readonly hour: string
  /** 32 hex digits, random. */
  readonly chainId: string
  /** 0, 1, ... */
  readonly sequence: number
}

const milliseconds = 3_600_000

/** The hour of a moment: `2026/11/22/09`. */
export function hourOf(time: number): string {
  return new Date(time).toISOString().slice(0, 13).replaceAll(/[-T]/g, '/')
}

/** The moment that an hour begins at, in milliseconds since 1970. */
export function startOf(hour: string): number {
  const [year, month, day, hours] = hour.split('/')
  return Date.parse(`${year}-${month}-${day}T${hours}:00:00Z`)
}

/** The hour that comes so many hours later. */
export function hoursLater(hour: string, hours: number): string {
  return hourOf(startOf(hour) + hours * milliseconds)
}

/** Tells a chain from all others of its audit. Sorts as the chains do in the bucket. */
export function chainNameOf({ hour, chainId }: Omit<Position, 'sequence'>): string {
  return `${hour}/${chainId}`
}

export function recordsPrefix(prefix: string): string {
  return `${prefix}records/`
}

export function digestsPrefix(prefix: string): string {
  return `${prefix}digests/`
}

export function recordsKey(prefix: string, { hour, chainId, sequence }: Position): string {
  return `${recordsPrefix(prefix)}${hour}/${chainId}/${numbered(sequence)}.ndjson.gz`
}

export function digestKey(prefix: string, sequence: number): string {
  return `${digestsPrefix(prefix)}${numbered(sequence)}.json`
}

const recordsPattern = /^(?<hour>\d{4}\/\d\d\/\d\d\/\d\d)\/(?<chainId>[0-9a-f]{32})\/(?<sequence>\d{12})\.ndjson\.gz$/
const digestPattern = /^(?<sequence>\d{12})\.json$/

/** Where the object under a key is, or `undefined` when no writer makes such a key. */
export function positionOf(prefix: string, key: string): Position | undefined {
  const parts = recordsPattern.exec(key.slice(recordsPrefix(prefix).length))?.groups
  if (parts === undefined || !isHour(parts.hour ?? '')) return undefined
  const { hour = '', chainId = '', sequence } = parts
  return { hour, chainId, sequence: Number(sequence) }
}

/** The number of the digest under a key, or `undefined` when no digest is under such a key. */
export function digestSequenceOf(prefix: string, key: string): number | undefined {
  const parts = digestPattern.exec(key.slice(digestsPrefix(prefix).length))?.groups
  return parts && Number(parts.sequence)
}

/** 12 digits are enough for a hundred objects a second in one chain for 300 years. */
function numbered(sequence: number): string {
  return String(sequence).padStart(12, '0')
}

function isHour(hour: string): boolean {
  const time = startOf(hour)
  return !Number.isNaN(time) && hourOf(time) === hour
}

export const hourSchema: v.GenericSchema<string> = v.pipe(v.string(), v.check(isHour))
export const chainIdSchema: v.GenericSchema<string> = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))
export const sequenceSchema: v.GenericSchema<number> = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
/** SHA-256 of an object as it is stored, in hex: what `sha256sum` says of it. */
export const hashSchema: v.GenericSchema<string> = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
