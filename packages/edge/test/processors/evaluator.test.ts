import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { evaluateApart } from '../../src/processors/evaluator.ts'

const exec = promisify(execFile)
const evaluator = join(import.meta.dirname, '../../src/processors/evaluator.ts')

/** What a process that does nothing else prints about one evaluation, and how it ends. */
async function alone(expression: string, timeout: number): Promise<{ exit: number | null; said: string }> {
  const script = `
    const { evaluateApart } = await import(${JSON.stringify(evaluator)})
    const evaluation = { expression: ${JSON.stringify(expression)}, body: '{"a":1}', timeout: ${timeout} }
    console.log(JSON.stringify(await evaluateApart(evaluation, new AbortController().signal)))`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script])
  let said = ''
  child.stdout.on('data', (data) => {
    said += data
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exit) => resolve({ exit, said: said.trim() }))
  })
}

describe('The process that evaluates', () => {
  it.runIf(process.platform === 'linux')('has none of the credentials of the one that started it', async () => {
    process.env.AWS_SECRET_ACCESS_KEY ??= 'crown jewels'
    await evaluateApart({ expression: 'a', body: '{"a":1}', timeout: 1_000 }, new AbortController().signal)
    const { stdout } = await exec('pgrep', ['-P', `${process.pid}`, '-f', 'causeway-evaluator'])
    const environment = await readFile(`/proc/${stdout.trim()}/environ`, 'utf8')
    const names = environment.split('\0').flatMap((variable) => (variable === '' ? [] : [variable.split('=')[0]]))
    const own = ['LD_LIBRARY_PATH', 'NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE', 'NODE_V8_COVERAGE']
    expect(names.filter((name) => !own.includes(`${name}`))).toEqual([])
    expect(names).toContain('NODE_CHANNEL_FD')
  })

  it('does not keep a process that has its answer', async () => {
    expect(await alone('a', 1_000)).toEqual({ exit: 0, said: '{"json":"1"}' })
  })

  it.runIf(process.platform === 'linux')(
    'ends with a process that is killed while it is busy',
    async () => {
      const busy = { expression: '$contains($pad("", 50, "a") & "b", /^(a+)+$/)', body: '{}', timeout: 60_000 }
      const script = `
      const { evaluateApart } = await import(${JSON.stringify(evaluator)})
      const signal = new AbortController().signal
      await evaluateApart({ expression: 'a', body: '{}', timeout: 1_000 }, signal)
      console.log('begins')
      await evaluateApart(${JSON.stringify(busy)}, signal)`
      const child = spawn(process.execPath, ['--input-type=module', '--eval', script])
      await once(child.stdout, 'data')
      const { stdout } = await exec('pgrep', ['-P', `${child.pid}`, '-f', 'causeway-evaluator'])
      const isGone = () => !existsSync(`/proc/${stdout.trim()}`)
      onTestFinished(() => void (isGone() || process.kill(Number(stdout), 'SIGKILL')))
      await sleep(500)
      expect(isGone()).toBe(false)
      child.kill('SIGKILL')
      await vi.waitFor(() => expect(isGone()).toBe(true), { timeout: 10_000 })
    },
    20_000,
  )

  it.each([
    ['takes too long', '$contains($pad("", 50, "a") & "b", /^(a+)+$/)', 'took more than 300 ms'],
    ['needs too much memory', '$length($pad("a", 500000000))', 'ended the process that it runs in'],
  ])('tells a process that does nothing else of an expression that %s', async (_, expression, fault) => {
    const { exit, said } = await alone(expression, fault.includes('300') ? 300 : 10_000)
    expect(said).toContain(fault)
    expect(exit).toBe(0)
  })
})
