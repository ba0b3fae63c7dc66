import { existsSync } from 'node:fs'
import { copyFile, cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LocalError, must } from './command.ts'
import { type Forwarding, forward } from './forward.ts'
import type { InvokeOptions } from './invoke.ts'

export interface DeployedOptions {
  readonly root: string
  readonly folder: string
  /** Our name for it, and its name in the sandbox: kinesis-reader, causeway-stream-reader. */
  readonly name: string
  readonly deployed: string
  readonly event: string
  /** The address by which containers reach this machine. */
  readonly gateway: string
}

/** What a function of the sandbox is invoked with in its container, until it is disposed of. */
interface InSandbox extends Forwarding {
  readonly options: Pick<InvokeOptions, 'template' | 'id' | 'event' | 'variables' | 'addHosts' | 'credentials'>
}

/**
 * A function as it is deployed in home's account of the sandbox: with its variables, as its role. Only where the sandbox is,
 * the container is told otherwise, since its own loopback is not this machine's.
 */
export async function inSandbox({
  root,
  folder,
  name,
  deployed,
  event: given,
  gateway,
}: DeployedOptions): Promise<InSandbox> {
  const causeway = (...args: string[]) =>
    must('Asking the sandbox', join(root, 'node_modules/.bin/causeway'), args, { cwd: root })
  const status = JSON.parse(await causeway('sandbox', 'status', '--json').catch(() => '{}'))
  const isOf = ({ name }: { name: string }) =>
    deployed === `causeway-${name}` || deployed.startsWith(`causeway-${name}-`)
  if (status.running !== true || !status.stacks.some(isOf)) {
    throw new LocalError(
      `${name} runs as ${deployed} of the sandbox, which is not there. Run \`npm run demo\`, which leaves it there.`,
    )
  }
  const home = JSON.parse(await causeway('sandbox', 'env', 'home', '--json'))
  const python = join(root, '.venv/sam/bin/python')
  // What is empty there is not to be set.
  const env: NodeJS.ProcessEnv = { ...process.env }
  for (const [name, value] of Object.entries<string>(home)) env[name] = value || undefined
  const script = join(import.meta.dirname, 'deployed.py')
  const answer = await must(`Asking for ${deployed}`, python, [script, deployed], { env })
  const { settings, variables, credentials } = JSON.parse(answer)

  // A container has no file of this machine but the function's own.
  const code = join(folder, name)
  await rm(code, { recursive: true, force: true })
  await cp(join(root, 'functions', name, 'dist'), code, { recursive: true })
  const trusted = home.NODE_EXTRA_CA_CERTS || undefined
  if (trusted !== undefined && existsSync(trusted)) await copyFile(trusted, join(code, 'trusted.pem'))

  const Variables = {
    ...variables,
    AWS_ENDPOINT_URL: `http://${gateway}:${status.port}`,
    ...(trusted !== undefined && { NODE_EXTRA_CA_CERTS: '/var/task/trusted.pem' }),
  }
  const Properties = { ...settings, Architectures: ['x86_64'], CodeUri: code, Environment: { Variables } }
  const [template, file] = [join(folder, `${name}.json`), join(folder, `${name}-variables.json`)]
  // Those of this shell would go before a template's, and not before these.
  await writeFile(file, JSON.stringify({ Function: Variables }))
  const Resources = { Function: { Type: 'AWS::Serverless::Function', Properties } }
  await writeFile(template, JSON.stringify({ Transform: 'AWS::Serverless-2016-10-31', Resources }))

  const event = join(folder, `${name}-event.json`)
  await writeFile(event, withCluster(await readFile(given, 'utf8'), variables.CLUSTER))

  const brokers: string[] = status.kafka?.brokers ?? []
  const ports = [status.port, ...brokers.map((broker) => Number(broker.split(':')[1]))]
  const forwarding = await forward(gateway, ports)
  return {
    // Kafka's brokers say that they are on localhost.
    options: {
      template,
      event,
      id: 'Function',
      variables: file,
      addHosts: [`localhost:${gateway}`],
      credentials: { ...credentials, AWS_DEFAULT_REGION: status.region, AWS_ENDPOINT_URL: status.endpoint },
    },
    [Symbol.asyncDispose]: () => forwarding[Symbol.asyncDispose](),
  }
}

/** Each sandbox has a cluster of its own, in the place of the one that AWS's pages have. */
const withCluster = (event: string, cluster = ''): string =>
  cluster === ''
    ? event
    : event.replaceAll('orders/1234abcd-12ab-34cd-56ef-1234567890ab-2', cluster.split(':cluster/')[1] ?? '')
