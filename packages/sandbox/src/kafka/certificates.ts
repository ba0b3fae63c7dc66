import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Layout } from '../layout.ts'

/** Makes what the broker proves itself with, and what clients have to trust, once for this checkout. */
export async function makeCertificates({ venv, kafkaTls, kafkaAuthorityFile }: Layout): Promise<void> {
  if ((await readFile(kafkaAuthorityFile, 'utf8')) !== '') return
  const program = fileURLToPath(new URL('../../kafka/tls.py', import.meta.url))
  await promisify(execFile)(join(venv, 'bin/python'), [program, kafkaTls])
}

/** An empty file where there is no authority yet: Node would warn of one that is not there, in each function's log. */
export async function makeAuthorityFile({ kafkaTls, kafkaAuthorityFile }: Layout): Promise<void> {
  await mkdir(kafkaTls, { recursive: true, mode: 0o700 })
  await writeFile(kafkaAuthorityFile, '', { flag: 'a' })
}

/** The file that Node has to be told of: with what it is told of already in it, as the authority of a company's proxy. */
export async function trustedFile({ kafkaAuthorityFile, kafkaTrustedFile }: Layout): Promise<string> {
  const told = process.env.NODE_EXTRA_CA_CERTS || kafkaAuthorityFile
  if (told === kafkaAuthorityFile || told === kafkaTrustedFile) return told
  const both = [await readFile(kafkaAuthorityFile, 'utf8'), await readFile(told, 'utf8').catch(() => '')]
  await writeFile(kafkaTrustedFile, both.join('\n'))
  return kafkaTrustedFile
}
