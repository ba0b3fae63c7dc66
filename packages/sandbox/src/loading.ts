import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { codeFolders } from './code.ts'
import { InvalidTemplate } from './errors.ts'
import { secretValues } from './parameters.ts'
import { REGION } from './region.ts'
import type { Template } from './template.ts'

/** A variable of a function, and the parameter that it is. */
interface Variable {
  readonly value: string
  readonly parameter: string | undefined
}

/**
 * Loads each function of ours here, with those of its variables that are text or a parameter as they stand, and throws
 * what it says of them: a function that cannot be loaded fails every message, and nobody would see it but in its log. What
 * else a load fails with may be for want of the other variables, and is the function's to log.
 */
export async function checkLoading(template: Template, parameters: Readonly<Record<string, string>>): Promise<void> {
  for (const { resource, folder } of codeFolders(template)) {
    const { Handler, Environment } = template.body.Resources[resource ?? '']?.Properties ?? {}
    if (resource === undefined || typeof Handler !== 'string') continue
    const variables = variablesOf(Environment, template, parameters)
    const sentences = await refusals(join(folder, Handler.replace(/\.\w+$/, '')), variables)
    const said = sentences.flatMap((sentence) => {
      const [, name = '', fault] = /^(\w+): (.*)$/s.exec(sentence) ?? []
      const variable = variables.get(name)
      if (variable === undefined) return []
      const { parameter = name } = variable
      const what = parameter === name ? 'Variable' : 'Parameter'
      const reason = fault?.replace(`Example: ${name}=`, `Example: ${parameter}=`)
      return `${what} ${parameter} of ${template.path} is refused by ${resource}, which could not be loaded with it: ${reason}`
    })
    if (said.length === 0) continue
    const secrets = secretValues(template, parameters)
    throw new InvalidTemplate(secrets.reduce((text, secret) => text.replaceAll(secret, '****'), said.join('\n')))
  }
}

const environment = v.object({ Variables: v.record(v.string(), v.unknown()) })
const reference = v.strictObject({ Ref: v.string() })

function variablesOf(
  Environment: unknown,
  { body: { Parameters = {} } }: Template,
  given: Readonly<Record<string, string>>,
): Map<string, Variable> {
  const variables = new Map<string, Variable>()
  if (!v.is(environment, Environment)) return variables
  for (const [name, value] of Object.entries(Environment.Variables)) {
    if (typeof value === 'string') variables.set(name, { value, parameter: undefined })
    if (!v.is(reference, value) || !Object.hasOwn(Parameters, value.Ref)) continue
    variables.set(name, { value: given[value.Ref] ?? String(Parameters[value.Ref]?.Default), parameter: value.Ref })
  }
  return variables
}

/** Without a word where there is another fault, or none. */
const load = `
  try { require(process.argv[1]) }
  catch (error) { if (error?.code === 'ConfigurationError') process.stdout.write(error.message) }
  process.exit()`

/** In milliseconds; Lambda gives a load ten seconds, too. */
const timeout = 10_000

/** What a function says of its variables when it is loaded, a sentence for each that is faulty. */
async function refusals(file: string, variables: ReadonlyMap<string, Variable>): Promise<string[]> {
  const values = [...variables].map(([name, { value }]) => [name, value])
  const env = { AWS_REGION: REGION, ...Object.fromEntries(values) }
  const loading = promisify(execFile)(process.execPath, ['--input-type=commonjs', '--eval', load, file], {
    env,
    timeout,
  })
  const { stdout } = await loading.catch(() => ({ stdout: '' }))
  return stdout.split('\n')
}
