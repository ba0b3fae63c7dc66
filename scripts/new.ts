import { existsSync, realpathSync } from 'node:fs'
import { cp, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'

const help = `Makes a new function from scripts/template/function.

  npm run new -- function NAME

NAME is the name of its folder in functions/: lower case letters, digits and single hyphens, at most 40 characters.
Example: npm run new -- function order-printer
`

const root = join(import.meta.dirname, '..')
const template = join(import.meta.dirname, 'template/function')
const placeholder = '__name__'

/** The command was not understood, or cannot be done: one sentence, exit code 2. */
class UsageError extends Error {}

function functionName(args: readonly string[]): string {
  const [kind, name, ...rest] = args
  if (kind !== 'function' || name === undefined || rest.length > 0) {
    throw new UsageError('Say what to make and its name: npm run new -- function NAME')
  }
  if (!/^(?=.{1,40}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new UsageError(
      `"${name}" cannot be a function's name; use at most 40 lower case letters, digits and single hyphens, a letter first.`,
    )
  }
  return name
}

async function makeFunction(name: string): Promise<void> {
  const folder = join(root, 'functions', name)
  const stack = join(root, 'infra', `${name}.yaml`)
  // npm links every workspace here, so this is where a package of the same name shows.
  const linked = join(root, 'node_modules/@causeway-aws', name)
  const taken = [folder, stack, linked].find((path) => existsSync(path))
  if (taken !== undefined) {
    throw new UsageError(
      `The name "${name}" is taken: ${relative(root, realpathSync(taken))} is there. Choose another.`,
    )
  }
  await cp(template, folder, { recursive: true, errorOnExist: true, force: false })
  await rename(join(folder, 'infra.yaml'), stack)
  for (const file of [...(await filesOf(folder)), stack]) {
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll(placeholder, name))
  }
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

function nextSteps(name: string): string {
  const workspace = `--filter=@causeway-aws/${name}`
  return `Made functions/${name} and infra/${name}.yaml. Next:

  1  put it into package-lock.json         npm install
  2  write what is done with a message     functions/${name}/src/process.ts
  3  say what it is for                    its README.md and package.json, infra/${name}.yaml
  4  run its tests                         npm test -- ${workspace}
  5  bundle it                             npm run build -- ${workspace}
  6  run it in its Lambda container        npm run local -- ${name}
  7  check types, lint and imports         npm run check
`
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) {
    process.stdout.write(help)
  } else {
    const name = functionName(positionals)
    await makeFunction(name)
    process.stdout.write(nextSteps(name))
  }
} catch (error) {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (!(error instanceof UsageError || code.startsWith('ERR_PARSE_ARGS'))) throw error
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 2
}
