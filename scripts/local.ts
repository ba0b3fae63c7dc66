// Runs a function once, in the container that Lambda's runtime comes in: npm run local -- edge-trigger
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { LocalError, must, UsageError } from './local/command.ts'
import { inSandbox } from './local/deployed.ts'
import { dockerEngine, gatewayOf } from './local/engine.ts'
import { lambdaImage } from './local/image.ts'
import { type Answer, invoke } from './local/invoke.ts'
import { templateOf } from './local/template.ts'

const help = `Runs a function once, by \`sam local invoke\`, in the container that Lambda's runtime comes in.

  npm run local -- edge-trigger
  npm run local -- edge-trigger --event events/standard.json
  npm run local -- kinesis-reader --event events/plan.json

  --event FILE     the event, in the function's folder or from here (events/fifo.json, or else the first in events/,
                   where the function's local.json names no other)
  --json           print the function's answer and nothing else
  --start-engine   on Debian, as root: install and start a Docker engine where none answers, and stop it afterwards
                   (CI=true does so too)

A reader runs as the one that the demo has left in the sandbox: with its variables, as its role, on the partner's stream. So do
credential-rotation and grant-expiry.
Ends with 1 when the function failed, or answered that messages did.
`

const root = join(import.meta.dirname, '..')
const folder = join(root, '.causeway/local')

async function main(args: string[]): Promise<void> {
  const { values, positionals } = parse(args)
  if (values.help) return void process.stdout.write(help)
  const [name, ...more] = positionals
  if (name === undefined || more.length > 0) throw new UsageError(`Which function? One of: ${functions().join(', ')}.`)
  if (!functions().includes(name))
    throw new UsageError(`There is no function ${name}. There are: ${functions().join(', ')}.`)
  const local = join(root, 'functions', name, 'local.json')
  const { Deployed, Event }: LocalSettings = existsSync(local) ? JSON.parse(readFileSync(local, 'utf8')) : {}
  const event = eventOf(name, values.event ?? Event)
  const sam = join(root, '.venv/sam/bin/sam')
  if (!existsSync(sam))
    throw new LocalError('SAM CLI is not installed: there is no .venv/sam. Run `node setup.mjs sam`.')

  mkdirSync(folder, { recursive: true })
  const onStep = (line: string) => void process.stderr.write(`local: ${line}\n`)
  const mayStart = values['start-engine'] || process.env.CI === 'true'
  onStep(`bundling ${name}`)
  await must(`Bundling ${name}`, 'npm', ['run', '--silent', 'build', '--workspace', `functions/${name}`], { cwd: root })
  await using engine = await dockerEngine({ mayStart, folder, onStep })
  await lambdaImage({ engine, folder, onStep })
  onStep(`invoking ${name} with ${relative(root, event)}`)
  const variables = existsSync(local) ? local : undefined
  if (Deployed === undefined) {
    show(await invoke({ engine, sam, ...templateOf(root, name), event, variables }), values.json)
    return
  }
  await using sandbox = await inSandbox({
    root,
    folder,
    name,
    deployed: Deployed,
    event,
    gateway: await gatewayOf(engine),
  })
  show(await invoke({ engine, sam, ...sandbox.options }), values.json)
}

/** What a function's own local.json may say. Without `Deployed`, the file holds variables for sam. */
interface LocalSettings {
  /** What it is called in the sandbox, where that is where it is to run. */
  readonly Deployed?: string
  /** The event, where no other is given. */
  readonly Event?: string
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        event: { type: 'string' },
        json: { type: 'boolean', default: false },
        'start-engine': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${help}`)
  }
}

function functions(): string[] {
  return readdirSync(join(root, 'functions'))
}

function eventOf(name: string, wanted: string | undefined): string {
  const own = join(root, 'functions', name)
  const events = globSync('events/*.json', { cwd: own }).sort()
  const event = wanted ?? events.find((file) => basename(file) === 'fifo.json') ?? events[0]
  if (event === undefined)
    throw new UsageError(`functions/${name}/events has no event; put one there, or give --event FILE.`)
  const found = [resolve(own, event), resolve(event)].find((file) => existsSync(file))
  if (found !== undefined) return found
  throw new UsageError(`There is no event ${event}. ${name} has: ${events.join(', ')}.`)
}

function show({ body, log, failure }: Answer, json: boolean): void {
  if (!json) process.stdout.write(`${log.trim()}\n`)
  if (body !== undefined) process.stdout.write(`${JSON.stringify(body, undefined, json ? undefined : 2)}\n`)
  if (failure !== undefined) throw new LocalError(failure)
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => process.exit(code))

await main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error instanceof LocalError ? error.message : error.stack}\n`)
  process.exitCode = error instanceof LocalError ? error.exitCode : 1
})
