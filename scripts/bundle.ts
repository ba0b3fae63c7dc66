import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'

// Bundles the function in the current folder, as its `npm run build` does:
//
//   node ../../scripts/bundle.ts [OUTPUT]     OUTPUT: the folder to make; dist by default

/** A file of a bundle: how large it is, what is in it, and which further files it loads on first use. */
interface File {
  readonly name: string
  readonly bytes: number
  /** Source file -> how many bytes come from it. */
  readonly inputs: ReadonlyMap<string, number>
  readonly chunks: readonly Chunk[]
}

/** What a dynamic import becomes: a file of its own, of this module and what that imports. */
interface Chunk {
  readonly name: string
  readonly entry: string
}

/** All chunks, by the path that they are imported by: `./jsonata.js`. */
type Chunks = Map<string, Chunk>

const main: Chunk = { name: 'handler.js', entry: 'src/handler.ts' }

/**
 * Makes `handler.js` of `src/handler.ts`, and a file beside it of each module that is imported by `import()`, so that
 * Node reads that only when it is first used. All are CommonJS, each with its source map. The same sources give the
 * same bytes.
 */
async function bundle(directory: string, output: string): Promise<readonly File[]> {
  await mkdir(output, { recursive: true })
  // A chunk that an earlier build made would be deployed too.
  for (const file of await readdir(output)) if (/\.(js(\.map)?|node)$/.test(file)) await rm(join(output, file))
  // The function's own package.json says "module", and Node looks for the nearest.
  await writeFile(join(output, 'package.json'), '{"type":"commonjs"}\n')
  const files = new Map<string, File>()
  const chunks: Chunks = new Map()
  const waiting = [main]
  for (const chunk of waiting) {
    if (files.has(chunk.name)) continue
    if (chunk !== main) await refuseDefaultExport(chunk)
    const file = await bundleFile(chunk, chunks, directory, output)
    files.set(chunk.name, file)
    waiting.push(...file.chunks)
  }
  refuseCopies([...files.values()])
  return [...files.values()]
}

async function bundleFile({ name, entry }: Chunk, chunks: Chunks, directory: string, output: string): Promise<File> {
  const { metafile } = await build({
    absWorkingDir: directory,
    entryPoints: [entry],
    outfile: join(output, name),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // The file itself, for a module that runs itself in another process: CommonJS has no `import.meta`.
    define: { 'import.meta.filename': '__filename' },
    // So that a chunk is loaded by `require`, in the same way and as fast as the rest.
    supported: { 'dynamic-import': false },
    mainFields: ['module', 'main'],
    // esbuild adds "module" by itself only where no conditions are given. Without it the AWS SDK comes as CommonJS,
    // from which nothing can be left out: 140 KB more, and a cold start that is a fifth longer.
    conditions: ['causeway-source', 'module'],
    minify: true,
    // A native part is copied beside the file; what there is of it is for this machine's processor and system.
    loader: { '.node': 'copy' },
    assetNames: '[name]',
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    plugins: [lambdaCredentials, splitting(chunks)],
  })
  const [made] = Object.values(metafile.outputs).filter(({ entryPoint }) => entryPoint !== undefined)
  if (made === undefined) throw new Error(`esbuild wrote no ${name}.`)
  return {
    name,
    bytes: made.bytes,
    inputs: new Map(Object.entries(made.inputs).map(([input, { bytesInOutput }]) => [input, bytesInOutput])),
    // Without those whose import was left out, as nothing uses it.
    chunks: made.imports.flatMap(({ path }) => chunks.get(path) ?? []),
  }
}

/** Leaves each dynamic import to a file beside this one, and notes it among the chunks. */
function splitting(chunks: Chunks): Plugin {
  return {
    name: 'splitting',
    setup({ onResolve, resolve }) {
      onResolve({ filter: /./ }, async ({ kind, path, importer, resolveDir }) => {
        if (kind !== 'dynamic-import') return undefined
        const found = await resolve(path, { kind: 'import-statement', importer, resolveDir })
        if (found.external || found.errors.length > 0) return found
        const chunk = { name: chunkName(path, found.path), entry: found.path }
        const taken = chunks.get(`./${chunk.name}`)?.entry ?? chunk.entry
        if (taken !== chunk.entry)
          throw new Error(`${taken} and ${chunk.entry} would both be ${chunk.name}: rename one.`)
        chunks.set(`./${chunk.name}`, chunk)
        return { path: `./${chunk.name}`, external: true }
      })
    },
  }
}

/** `jsonata.js` of a package, `large-bodies-s3.js` of the module `src/large-bodies/s3.ts`. */
function chunkName(specifier: string, path: string): string {
  const name = specifier.startsWith('.') ? path.replace(/^.*\/src\/|\.\w+$/g, '') : specifier.replace(/^@[^/]+\//, '')
  return `${name.replaceAll('/', '-')}.js`
}

/** To a module of ours the default export of a CommonJS file, as a chunk is one, is all that the file exports. */
async function refuseDefaultExport({ entry }: Chunk): Promise<void> {
  const { metafile } = await build({ entryPoints: [entry], metafile: true, write: false, outdir: '.' })
  if (Object.values(metafile.outputs).some(({ exports }) => exports.includes('default'))) {
    throw new Error(`The default export of ${entry} would be lost by import(): export it by a name.`)
  }
}

/** Each file has its own copy of what it imports. Two copies of a class of ours would be two classes to `instanceof`. */
function refuseCopies(files: readonly File[]): void {
  const places = new Map<string, string>()
  for (const { name, inputs } of files) {
    for (const input of inputs.keys()) {
      if (input.includes('node_modules/') || input.startsWith('declining:')) continue
      const other = places.get(input)
      if (other !== undefined) {
        throw new Error(
          `${input} would be in ${other} and in ${name}, and its classes be two of each: import it in only one of them.`,
        )
      }
      places.set(input, name)
    }
  }
}

/**
 * Lambda gives a function its credentials in the environment or at a container endpoint. The SDK's default chain also
 * brings profiles, SSO, web identities and processes (95 KB, a tenth of the cold start): each declines here, as it
 * would where nothing is set up for it. A function that imports one of them by name still gets it.
 * Source: https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
const lambdaCredentials: Plugin = {
  name: 'lambda-credentials',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@aws-sdk\/credential-provider-(ini|process|sso|web-identity)$/ }, ({ path, importer }) =>
      /[\\/]credential-provider-node[\\/]/.test(importer) ? { path, namespace: 'declining' } : undefined,
    )
    // The signer of MSK's tokens has ways to credentials of its own. Ours gives them to it.
    onResolve({ filter: /^@aws-sdk\/(credential-providers|client-sts)$/ }, ({ path, importer }) =>
      /[\\/]aws-msk-iam-sasl-signer-js[\\/]/.test(importer) ? { path, namespace: 'declining' } : undefined,
    )
    onLoad({ filter: /./, namespace: 'declining' }, () => ({
      contents: `
        const decline = () => async () => { throw Object.assign(new Error('Not in this bundle.'), { tryNextLink: true }) }
        export { decline as fromIni, decline as fromProcess, decline as fromSSO, decline as fromTokenFile }`,
    }))
  },
}

/** How many of a file's bytes come from which package, or file of ours, the largest first. */
function largestParts({ inputs }: File): string[] {
  const parts = new Map<string, number>()
  for (const [input, bytes] of inputs) {
    const name = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? input
    parts.set(name, (parts.get(name) ?? 0) + bytes)
  }
  const sorted = [...parts].sort(([, a], [, b]) => b - a)
  return sorted.slice(0, 10).map(([name, bytes]) => `\n${count(bytes).padStart(11)}  ${name}`)
}

function count(bytes: number): string {
  return bytes.toLocaleString('en')
}

async function run(directory: string, output: string): Promise<void> {
  const { name, causeway } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'))
  const budget: unknown = causeway?.bundleBudget
  if (typeof budget !== 'number') {
    throw new Error(`${name}: package.json has no bundle budget. Add "causeway": {"bundleBudget": 300000}, in bytes.`)
  }
  const [handler, ...chunks] = await bundle(directory, output)
  if (handler === undefined) throw new Error(`${name}: no ${main.name} was made.`)
  process.stdout.write(`${name}: ${main.name} has ${count(handler.bytes)} bytes; its budget is ${count(budget)}\n`)
  for (const { name: chunk, bytes } of chunks) {
    process.stdout.write(`${name}: ${chunk} has ${count(bytes)} bytes, loaded on first use\n`)
  }
  if (handler.bytes > budget) {
    const parts = largestParts(handler).join('')
    throw new Error(`${name}: ${main.name} is over its budget. Leave something out; the largest parts:${parts}`)
  }
}

try {
  const directory = process.cwd()
  await run(directory, resolve(directory, process.argv[2] ?? 'dist'))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
