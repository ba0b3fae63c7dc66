import { createPublicKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type AuditFinding, type AuditTotals, signingKey, verifyAudit } from '@causeway-aws/edge/audit'
import { auditClients } from '../audit-clients.ts'
import { Finding, UsageError } from '../exit.ts'
import { visible } from '../print-message.ts'
import type { Terminal } from '../terminal.ts'
import type { VerifyFlags } from './audit.ts'
import { createProgress } from './audit-progress.ts'

export interface VerifyOptions extends VerifyFlags {
  terminal: Terminal
  signal: AbortSignal
}

/** Verifies an audit and prints what is wrong with it. */
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
  const publicKeys = await Promise.all([...publicKey.map(readPublicKey), ...key.map((arn) => signingKey(kms, arn))])
  const progress = createProgress(terminal)
  let totals: AuditTotals | undefined
  const findings: AuditFinding[] = []
  for await (const finding of verifyAudit({
    client: s3,
    bucket,
    ...(prefix !== undefined && { prefix }),
    ...(bucketOwner !== undefined && { bucketOwner }),
    ...(from && { from }),
    ...(to && { to }),
    publicKeys,
    onProgress: (now) => {
      signal.throwIfAborted()
      totals = now
      progress(() => `${count(now.records)} records in ${count(now.objects)} objects verified`)
    },
  })) {
    if (json) findings.push(finding)
    else terminal.print(lineOf(finding, terminal))
  }
  if (totals === undefined) return
  if (json) terminal.printJson({ holds: totals.findings === 0, findings, totals })
  else terminal.print(sentenceOf(totals, terminal))
  if (totals.findings > 0) throw new Finding()
}

/** `record-edited  KEY  object 12  record 3a31…  record 2 was changed` */
function lineOf({ kind, key, sequence, trackingId, message }: AuditFinding, { paint }: Terminal): string {
  const number = sequence === undefined ? '' : `  ${kind.startsWith('digest') ? 'digest' : 'object'} ${sequence}`
  const record = trackingId === undefined ? '' : `  message ${visible(trackingId)}`
  return `${paint('red', kind.padEnd(19))}  ${visible(key)}${number}${record}  ${visible(message)}`
}

function sentenceOf(
  { digests, objects, records, notYetDigested, findings, newestDigest }: AuditTotals,
  { paint }: Terminal,
): string {
  const verdict =
    findings === 0
      ? paint('green', 'All holds')
      : paint('red', `${count(findings)} ${findings === 1 ? 'thing is' : 'things are'} wrong`)
  const signed = newestDigest === undefined ? 'no digest' : `${count(digests)} digests, the newest of ${newestDigest}`
  const waiting = notYetDigested === 0 ? '' : `; ${count(notYetDigested)} of the records are not yet under a digest`
  return `${verdict}: ${count(records)} records in ${count(objects)} objects, ${signed}${waiting}.`
}

const count = (number: number) => number.toLocaleString('en')

async function readPublicKey(file: string): Promise<KeyObject> {
  const text = await readFile(file, 'utf8').catch(({ code }: NodeJS.ErrnoException) => {
    throw new UsageError(`--public-key: ${file} cannot be read (${code}).`)
  })
  try {
    return createPublicKey(text)
  } catch {
    throw new UsageError(
      `--public-key: ${file} is no public key in PEM. \`causeway audit verify --help\` says how to get it.`,
    )
  }
}
