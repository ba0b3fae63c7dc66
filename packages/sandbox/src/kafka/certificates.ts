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
