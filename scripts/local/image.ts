import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { LocalError, must, type RunOptions, run } from './command.ts'
import { install, isDebianRoot, which } from './debian.ts'
import type { Engine } from './engine.ts'

/** What SAM CLI runs nodejs24.x functions in. */
const image = 'public.ecr.aws/lambda/nodejs:24-x86_64'

/** SAM's own addition to it, which it does not make anew while there is one. */
const samImage = 'public.ecr.aws/lambda/nodejs:24-rapid-x86_64'

/** Lambda's side of a function, as npm has it. */
const ric = {
  package: 'aws-lambda-ric@4.0.2',
  integrity: 'sha512-FE5Vskx7mYNnqAnWWJXUOsLp2VGgdsJsCoRLFTa8L4Yk0QVtArqR8q58yPA++QC1a73ZWJXBQ2AH31nIAv7NOQ==',
}

/** The label of an image that we built: what it was built from. */
const label = 'causeway.recipe'

const recipe = join(import.meta.dirname, 'image')
const inRecipe = ['Dockerfile', 'bootstrap', 'lambda-entrypoint.sh', 'rapid-client.cjs'] as const

export interface ImageOptions {
  readonly engine: Engine
  readonly folder: string
  readonly onStep: (line: string) => void
}

/** Makes sure that the engine has the image: AWS's own, or, where that cannot be had, ours. */
export async function lambdaImage({ engine, folder, onStep }: ImageOptions): Promise<void> {
  const docker = { env: engine.env }
  const key = await recipeKey()
  const found = await run(
    'docker',
    ['image', 'inspect', '--format', `{{index .Config.Labels "${label}"}}`, image],
    docker,
  )
  const foundKey = found.stdout.trim()
  if (found.code === 0 && (foundKey === '' || foundKey === '<no value>' || foundKey === key)) return
  if (found.code !== 0) {
    onStep(`pulling ${image}`)
    if ((await run('docker', ['pull', '--quiet', image], { ...docker, timeout: 90_000 })).code === 0) return
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new LocalError(
      `${image} cannot be pulled, and building it takes Linux on x86-64. Pull it where there is a network.`,
    )
  }
  onStep(`building ${image} from node and aws-lambda-ric`)
  await build(folder, key, docker)
  await run('docker', ['image', 'rm', '--force', samImage], docker)
}

/** Changes with everything that the image is made of. */
async function recipeKey(): Promise<string> {
  const hash = createHash('sha256').update(process.version).update(ric.integrity)
  for (const name of inRecipe) hash.update(await readFile(join(recipe, name)))
  hash.update(await readFile(import.meta.filename))
  return hash.digest('hex').slice(0, 16)
}

async function build(folder: string, key: string, docker: RunOptions): Promise<void> {
  const context = join(folder, 'image')
  const root = join(context, 'root')
  const put = async (from: string, to: string) => {
    await mkdir(dirname(join(root, to)), { recursive: true })
    await cp(from, join(root, to), { dereference: true })
  }
  await rm(context, { recursive: true, force: true })
  for (const empty of ['bin', 'tmp', 'opt', 'var/task', 'var/rapid'])
    await mkdir(join(root, empty), { recursive: true })
  await put(process.execPath, 'var/lang/bin/node')
  for (const library of await libraries(process.execPath)) await put(library, library)
  await put(await busybox(), 'bin/busybox')
  // Ours for sh; the others for the Dockerfile that SAM adds to.
  for (const applet of ['sh', 'mv', 'cp', 'rm', 'chmod']) await symlink('busybox', join(root, 'bin', applet))
  // As distributions have it: a name may have several addresses in /etc/hosts.
  await mkdir(join(root, 'etc'))
  await writeFile(join(root, 'etc/host.conf'), 'multi on\n')
  await put(join(recipe, 'lambda-entrypoint.sh'), 'lambda-entrypoint.sh')
  await put(join(recipe, 'bootstrap'), 'var/runtime/bootstrap')
  await put(join(recipe, 'rapid-client.cjs'), 'var/runtime/rapid-client.cjs')
  await runtimeClient(folder, join(root, 'var/runtime'))
  await cp(join(recipe, 'Dockerfile'), join(context, 'Dockerfile'))
  await must(
    `Building ${image}`,
    'docker',
    ['build', '--quiet', '--tag', image, '--label', `${label}=${key}`, context],
    docker,
  )
  await rm(context, { recursive: true })
}

/** What a program needs, and all of the C library, to which a function's native parts may be linked. */
async function libraries(program: string): Promise<string[]> {
  const listed = await must('Looking for the libraries of node', 'ldd', [program])
  const needed = [...listed.matchAll(/\/\S+(?= \(0x)/g)].map(([path]) => path)
  const folder = dirname(needed.find((path) => basename(path) === 'libc.so.6') ?? '')
  const ofLibc = ['libm.so.6', 'libdl.so.2', 'librt.so.1', 'libpthread.so.0', 'libutil.so.1', 'libresolv.so.2']
  return [...new Set([...needed, ...ofLibc.map((name) => join(folder, name)).filter((path) => existsSync(path))])]
}

/** A shell that needs no libraries. */
async function busybox(): Promise<string> {
  if ((await which('busybox')) === undefined && isDebianRoot()) await install(['busybox-static'])
  const path = await which('busybox')
  if (path === undefined)
    throw new LocalError('busybox is missing, which the image is built with. Install busybox-static.')
  return path
}

/** aws-lambda-ric without its native part, which our rapid-client.cjs stands in for. */
async function runtimeClient(folder: string, target: string): Promise<void> {
  const packed = await must(`Fetching ${ric.package}`, 'npm', [
    'pack',
    '--json',
    '--pack-destination',
    folder,
    ric.package,
  ])
  const [{ filename, integrity }] = JSON.parse(packed)
  if (integrity !== ric.integrity) {
    throw new LocalError(
      `${ric.package} has the integrity ${integrity}; ${ric.integrity} was expected. It was not used.`,
    )
  }
  const args = ['--extract', '--file', join(folder, filename), '--directory', target, '--strip-components=1']
  await must(`Unpacking ${ric.package}`, 'tar', [...args, 'package/index.mjs', 'package/package.json'])
  const file = join(target, 'index.mjs')
  const source = await readFile(file, 'utf8')
  if (!source.includes('./rapid-client.node'))
    throw new LocalError(`${ric.package} no longer loads ./rapid-client.node.`)
  await writeFile(file, source.replace('./rapid-client.node', './rapid-client.cjs'))
}
