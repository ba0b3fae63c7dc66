import { createPublicKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { KMSClient } from '@aws-sdk/client-kms'
import {
  type AuditFinding,
  type AuditTotals,
  type VerifyOptions as AuditToVerify,
  canSign,
  signingKey,
  verifyAudit,
} from '@causeway-aws/edge/audit'
import { auditClients } from '../audit-clients.ts'
import { Finding, UsageError } from '../exit.ts'
import type { Terminal } from '../terminal.ts'
import { visible } from '../visible.ts'
import type { VerifyFlags } from './audit.ts'
import { createProgress } from './progress.ts'

export interface VerifyOptions extends VerifyFlags {
  terminal: Terminal
  signal: AbortSignal
}

/** Verifies the audit that a person named. */
export async function verify({
  terminal,
  signal,
  json,
  publicKey = [],
  key = [],
  ...flags
}: VerifyOptions): Promise<void> {
  const { s3, kms } = auditClients(flags)
  const { bucket, prefix, bucketOwner, from, to } = flags
  const publicKeys = await Promise.all([...publicKey.map(readPublicKey), ...key.map((arn) => askForKey(kms, arn))])
  const holds = await printVerified(
    {
      client: s3,
      bucket,
      ...(prefix !== undefined && { prefix }),
      ...(bucketOwner !== undefined && { bucketOwner }),
      ...(from && { from }),
      ...(to && { to }),
      publicKeys,
    },
    { json, terminal, signal },
  )
  if (!holds) throw new Finding()
}

interface PrintOptions extends Pick<VerifyOptions, 'terminal' | 'signal'> {
  json: boolean | undefined
}

/** Verifies an audit, prints what is wrong with it, and answers whether all holds. */
export async function printVerified(audit: AuditToVerify, { json, terminal, signal }: PrintOptions): Promise<boolean> {
  const progress = createProgress(terminal)
  let totals: AuditTotals | undefined
  const findings: AuditFinding[] = []
  for await (const finding of verifyAudit({
    ...audit,
    onProgress: (now) => {
      signal.throwIfAborted()
      totals = now
      progress(() => `${count(now.records)} records in ${count(now.objects)} objects verified`)
    },
  })) {
    if (json) findings.push(finding)
    else terminal.print(lineOf(finding, terminal))
  }
  if (totals === undefined) return true
  const holds = totals.findings === 0
  if (json) terminal.printJson({ holds, findings, totals })
  else terminal.print(sentenceOf(totals, terminal))
  return holds
}

/** `record-edited  KEY  object 12  record 3a31…  record 2 was changed` */
function lineOf({ kind, key, sequence, trackingId, message }: AuditFinding, { paint }: Terminal): string {
  const number = sequence === undefined ? '' : `  ${kind.startsWith('digest') ? 'digest' : 'object'} ${sequence}`
  const record = trackingId === undefined ? '' : `  message ${visible(trackingId)}`
  return `${paint('red', kind.padEnd(19))}  ${visible(key)}${number}${record}  ${visible(message)}`
}

function sentenceOf(
  { digests, strangeDigests, objects, records, notYetDigested, findings, newestDigest }: AuditTotals,
  { paint }: Terminal,
): string {
  const holds = records === 0 ? 'Nothing is recorded there' : paint('green', 'All holds')
  const wrong = paint('red', `${count(findings)} ${findings === 1 ? 'thing is' : 'things are'} wrong`)
  const verdict = findings === 0 ? holds : wrong
  const none =
    strangeDigests === 0 ? 'no digest' : `no digest by a key that was given, ${count(strangeDigests)} by another`
  const signed = newestDigest === undefined ? none : `${countOf(digests, 'digest')}, the newest of ${newestDigest}`
  const waiting = notYetDigested === 0 ? '' : `; ${count(notYetDigested)} of the records are not yet under a digest`
  return `${verdict}: ${countOf(records, 'record')} in ${countOf(objects, 'object')}, ${signed}${waiting}.`
}

const count = (number: number) => number.toLocaleString('en')

const countOf = (number: number, what: string) => `${count(number)} ${what}${number === 1 ? '' : 's'}`

async function readPublicKey(file: string): Promise<KeyObject> {
  const text = await readFile(file, 'utf8').catch(({ code }: NodeJS.ErrnoException) => {
    throw new UsageError(`--public-key: ${file} cannot be read (${code}).`)
  })
  const key = publicKeyIn(text)
  if (key && canSign(key)) return key
  const found = key === undefined ? 'no public key in PEM' : `of another kind (${key.asymmetricKeyType})`
  throw new UsageError(
    `--public-key: ${file} is ${found}. An audit's is on P-256 (ECC_NIST_P256); \`causeway audit verify --help\` says how to get it.`,
  )
}

function publicKeyIn(text: string): KeyObject | undefined {
  try {
    return createPublicKey(text)
  } catch {
    return undefined
  }
}

async function askForKey(kms: KMSClient, arn: string): Promise<KeyObject> {
  const key = await signingKey(kms, arn)
  if (canSign(key)) return key
  throw new UsageError(
    `--key: ${arn} is of another kind (${key.asymmetricKeyType}). An audit's is on P-256 (ECC_NIST_P256), the output SigningKeyArn of its stack.`,
  )
}
