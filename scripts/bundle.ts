import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build, type Metafile, type Plugin } from 'esbuild'

// Bundles the function in the current folder, as its `npm run build` does:
//
//   node ../../scripts/bundle.ts [OUTPUT]     OUTPUT: the folder to make; dist by default

/** How large a bundle is, and how many of its bytes come from which package, the largest first. */
interface Size {
  readonly bytes: number
  readonly packages: readonly (readonly [name: string, bytes: number])[]
}

/** Makes one CommonJS file of `src/handler.ts`, with its source map beside it. The same sources give the same bytes. */
async function bundle(directory: string, output: string): Promise<Size> {
  await mkdir(output, { recursive: true })
  // The function's own package.json says "module", and Node looks for the nearest.
  await writeFile(join(output, 'package.json'), '{"type":"commonjs"}\n')
  const { metafile } = await build({
    absWorkingDir: directory,
    entryPoints: ['src/handler.ts'],
    outfile: join(output, 'handler.js'),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['module', 'main'],
    // esbuild adds "module" by itself only where no conditions are given. Without it the AWS SDK comes as CommonJS,
    // from which nothing can be left out: 140 KB more, and a cold start that is a fifth longer.
    conditions: ['causeway-source', 'module'],
    minify: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    plugins: [lambdaCredentials],
  })
  return sizeOf(metafile)
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
    onLoad({ filter: /./, namespace: 'declining' }, () => ({
      contents: `
        const decline = () => async () => { throw Object.assign(new Error('Not in this bundle.'), { tryNextLink: true }) }
        export { decline as fromIni, decline as fromProcess, decline as fromSSO, decline as fromTokenFile }`,
    }))
  },
}

function sizeOf({ outputs }: Metafile): Size {
  const output = Object.values(outputs).find(({ entryPoint }) => entryPoint !== undefined)
  if (output === undefined) throw new Error('esbuild wrote no bundle.')
  const packages = new Map<string, number>()
  for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
    const name = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? input
    packages.set(name, (packages.get(name) ?? 0) + bytesInOutput)
  }
  return { bytes: output.bytes, packages: [...packages].sort(([, a], [, b]) => b - a) }
}

function count(bytes: number): string {
  return bytes.toLocaleString('en')
}

async function main(directory: string, output: string): Promise<void> {
  const { name, causeway } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'))
  const budget: unknown = causeway?.bundleBudget
  if (typeof budget !== 'number') {
    throw new Error(`${name}: package.json has no bundle budget. Add "causeway": {"bundleBudget": 300000}, in bytes.`)
  }
  const { bytes, packages } = await bundle(directory, output)
  process.stdout.write(`${name}: handler.js has ${count(bytes)} bytes; its budget is ${count(budget)}\n`)
  if (bytes > budget) {
    const largest = packages.slice(0, 10).map(([name, bytes]) => `\n${count(bytes).padStart(11)}  ${name}`)
    throw new Error(
      `${name}: the bundle is over its budget. Leave something out; the largest parts:${largest.join('')}`,
    )
  }
}

try {
  const directory = process.cwd()
  await main(directory, resolve(directory, process.argv[2] ?? 'dist'))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
