import { join } from 'node:path'
import { expect, it } from 'vitest'
// @boundaries-ignore how a template is read
import { readTemplate } from '../../packages/sandbox/src/template.ts'
import { type Statement, statementsOf } from '../rules/statements.ts'
import { listed, referent, type Template } from '../rules/template.ts'

const readers = ['kinesis-reader.yaml', 's3-reader.yaml', 'kafka-reader.yaml']

async function read(file: string): Promise<Template> {
  const { body } = await readTemplate(join(import.meta.dirname, '..', file))
  return body as unknown as Template
}

const writing = ['sqs:SendMessage', 's3:PutObject', 'kinesis:PutRecord']

/** By which keys, through which services, each place is written to. Failures go to a queue, a bucket or a stream. */
const keysOf: Readonly<Record<string, readonly string[]>> = {
  WorkItems: ['sqs Key'],
  TargetQueueArn: ['sqs TargetKeyArn'],
  TargetBodiesArn: ['s3 TargetKeyArn'],
  FailuresArn: ['sqs FailuresKeyArn', 's3 FailuresKeyArn', 'kinesis FailuresKeyArn'],
}

/** `SERVICE KEY` for each key that each service may use for the function. */
function usable({ actions, resources, conditions }: Statement): string[] {
  if (!actions.includes('kms:GenerateDataKey') || !actions.includes('kms:Decrypt')) return []
  const services = conditions.flatMap(([, key, service]) => (key === 'kms:ViaService' ? listed(service) : []))
  return resources.flatMap((key) => services.map((service) => `${`${service}`.split('.')[0]} ${referent(key)}`))
}

it.each(readers)('%s may use the key of each place that it writes to, through its service', async (file) => {
  const statements = [...statementsOf(await read(file))].filter(({ resource }) => resource === 'FunctionRole')
  const written = statements
    .filter(({ actions }) => actions.some((action) => writing.includes(`${action}`)))
    .flatMap(({ resources }) => resources.map((place) => `${referent(place)}`))
  expect(written).toEqual(expect.arrayContaining(['TargetQueueArn', 'TargetBodiesArn', 'FailuresArn']))
  const needed = written.flatMap((place) => keysOf[place] ?? `a key of ${place}`)
  expect(statements.flatMap(usable)).toEqual(expect.arrayContaining(needed))
})
