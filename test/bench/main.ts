import { parseArgs } from 'node:util'
import { assumedRole } from './assumed-role.ts'
import { audit } from './audit.ts'
import { bundle } from './bundle.ts'
import { coldStart } from './cold-start.ts'
import { commandLine } from './command-line.ts'
import { commandMemory } from './command-memory.ts'
import type { Figure } from './figure.ts'
import { idempotent } from './idempotent.ts'
import { kafkaRead } from './kafka-read.ts'
import { kinesisRead } from './kinesis-read.ts'
import { largeBodies, largeBodyMemory } from './large-bodies.ts'
import { summaryOf, thisMachine } from './machine.ts'
import { readerMemory } from './reader-memory.ts'
import { receive } from './receive.ts'
import { s3Ndjson } from './s3-ndjson.ts'
import { send } from './send.ts'
import { tableHead, tableRow } from './table.ts'
import { vendor } from './vendor.ts'

interface Benchmark {
  readonly title: string
  readonly unit: string
  readonly figures: () => AsyncGenerator<Figure>
}

const benchmarks = new Map<string, Benchmark>([
  ['bundle', { title: 'Size of edge-trigger', unit: 'bytes', figures: bundle }],
  ['cold-start', { title: 'Cold start of edge-trigger, beside a bare handler', unit: 'ms', figures: coldStart }],
  ['send', { title: 'edge.send, beside a loop of SendMessageBatch', unit: 'messages/s', figures: send }],
  ['receive', { title: 'receive, beside Powertools’ batch processor', unit: 'ns a message', figures: receive }],
  ['audit', { title: 'An audit record for each message', unit: 'µs of processor time', figures: audit }],
  ['large-bodies', { title: 'Large bodies, beside bare lib-storage', unit: 'MiB/s', figures: largeBodies }],
  ['large-body-memory', { title: 'Memory that a large body takes', unit: 'MiB', figures: largeBodyMemory }],
  [
    's3-ndjson',
    { title: 'An object of NDJSON, beside readline and beside draining', unit: 'MiB/s', figures: s3Ndjson },
  ],
  [
    'kinesis-read',
    {
      title: 'A stream read with checkpoints, beside a loop of GetRecords without',
      unit: 'records/s',
      figures: kinesisRead,
    },
  ],
  ['kafka-read', { title: 'A topic read in a group, beside bare kafkajs', unit: 'records/s', figures: kafkaRead }],
  [
    'reader-memory',
    { title: 'Memory that ten times the records take, beside once', unit: 'MiB', figures: readerMemory },
  ],
  [
    'idempotent',
    {
      title: 'receive with idempotency, beside Powertools’ idempotent handler',
      unit: 'µs a message',
      figures: idempotent,
    },
  ],
  ['assumed-role', { title: 'assumedRole', unit: 'ns', figures: assumedRole }],
  ['vendor', { title: 'Credentials from a warm credential-vendor', unit: 'ms of processor time', figures: vendor }],
  ['command-memory', { title: 'Memory that a command takes for 1 GiB', unit: 'MB', figures: commandMemory }],
  ['command-line', { title: 'The command line, beside Node alone', unit: 'ms', figures: commandLine }],
])

const names = [...benchmarks.keys()]

const help = `Measures, and says beside each figure whether it is what it has to be. None fails the run.

  npm run bench                                  all of them
  npm run bench --workspace test -- [NAME ...]   some of them: ${names.join(', ')}

  --json   print one document, at the end
`

async function main(args: string[]): Promise<void> {
  const options = { json: { type: 'boolean' }, help: { type: 'boolean' } } as const
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  const print = (text: string) => void process.stdout.write(text)
  if (values.help) return print(help)
  const unknown = positionals.find((name) => !benchmarks.has(name))
  if (unknown) throw new Error(`There is no benchmark ${unknown}; there are ${names.join(', ')}.`)

  const machine = thisMachine()
  const progress = values.json ? () => {} : print
  progress(`${summaryOf(machine)}\n`)
  const measured: object[] = []
  for (const [name, { title, unit, figures }] of benchmarks) {
    if (positionals.length > 0 && !positionals.includes(name)) continue
    progress(`\n### ${title}\n\n${tableHead(unit)}`)
    for await (const figure of figures()) {
      measured.push({ benchmark: name, unit, ...figure })
      progress(tableRow(figure))
    }
  }
  if (values.json) print(`${JSON.stringify({ machine, figures: measured }, null, 2)}\n`)
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
  process.exitCode = 1
}
