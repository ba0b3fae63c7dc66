import { hash, type KeyObject, verify } from 'node:crypto'
import * as v from 'valibot'
import {
  chainIdSchema,
  hashSchema,
  hourOf,
  hourSchema,
  hoursLater,
  type Position,
  sequenceSchema,
  startOf,
} from './layout.ts'

/** How far a chain had come: its last object, and that object's SHA-256. */
export interface Head extends Position {
  readonly hash: string
}

/** What a digest says. Its object has it as the first line, and the signature of that line as the second. */
export interface Digest {
  readonly format: typeof format
  /** Where it belongs, so that it proves nothing elsewhere. */
  readonly bucket: string
  readonly prefix: string
  /** 0, 1, ... */
  readonly sequence: number
  /** When it was made, ISO 8601. */
  readonly datetime: string
  /** SHA-256 of the digest object before it, as it is stored, in hex; `null` for the first. */
  readonly previousHash: string | null
  /** The hours whose chains it has, both included: every chain with an object is among the heads. */
  readonly from: string
  readonly to: string
  readonly heads: readonly Head[]
  /** ARN of the KMS key that signs it. For a person to find it: which key to believe is for the reader to say. */
  readonly keyId: string
  readonly algorithm: 'ECDSA_SHA_256'
}

/** A digest's object. */
export interface SignedDigest {
  readonly digest: Digest
  /** The second line: the signature as KMS gives it, DER in base64. */
  readonly signature: string
  /** The line that is signed. */
  readonly signed: string
  /** SHA-256 of the object as it is stored, in hex. */
  readonly hash: string
}

export const format = 'causeway-audit-digest-1'

const digestSchema: v.GenericSchema<unknown, Digest> = v.strictObject({
  format: v.literal(format),
  bucket: v.string(),
  prefix: v.string(),
  sequence: sequenceSchema,
  datetime: v.pipe(v.string(), v.isoTimestamp()),
  previousHash: v.nullable(hashSchema),
  from: hourSchema,
  to: hourSchema,
  heads: v.array(
    v.strictObject({ hour: hourSchema, chainId: chainIdSchema, sequence: sequenceSchema, hash: hashSchema }),
  ),
  keyId: v.string(),
  algorithm: v.literal('ECDSA_SHA_256'),
})

/** A digest's object from its bytes, or `undefined` when it is none. The signature is not checked. */
export function parseDigest(bytes: Uint8Array): SignedDigest | undefined {
  const [signed = '', signature = '', end, ...more] = Buffer.from(bytes).toString('utf8').split('\n')
  if (end !== '' || more.length > 0) return undefined
  // Base64 can say the same in several ways, and this object can be written in one only.
  if (Buffer.from(signature, 'base64').toString('base64') !== signature) return undefined
  try {
    return { digest: v.parse(digestSchema, JSON.parse(signed)), signature, signed, hash: hash('sha256', bytes) }
  } catch {
    return undefined
  }
}

/** Whether one of the keys made a digest's signature. */
export function isSigned({ signed, signature }: SignedDigest, publicKeys: readonly KeyObject[]): boolean {
  const bytes = Buffer.from(signature, 'base64')
  return publicKeys.some((key) => verify('sha256', Buffer.from(signed), key, bytes))
}

/** A writer that was slow to have its object accepted, or whose clock is behind, is waited for so long. */
export const lateness: number = 10 * 60_000

/** The first hour whose chains may have grown since a digest: the next one begins there. What is before it is closed. */
export function openSince({ datetime, to }: Digest): string {
  return hourOf(Math.min(Date.parse(datetime) - lateness, startOf(hoursLater(to, 1))))
}
