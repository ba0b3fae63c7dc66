import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { UsageError } from '../src/exit.ts'
import { parseParameters } from '../src/parameters.ts'

it('takes everything after the first = as the value', async () => {
  await expect(parseParameters(['Routes={"a":"b=c"}', 'Empty='], [])).resolves.toEqual({
    Routes: '{"a":"b=c"}',
    Empty: '',
  })
})

it('looks a reference up, so that the value is on no command line', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'causeway-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'id')
  await writeFile(file, 'from-a-file\n', { mode: 0o600 })
  await expect(parseParameters([], [`PartnerExternalIds=file:${file}`])).resolves.toEqual({
    PartnerExternalIds: 'from-a-file',
  })
})

it.each([
  [['x'], []],
  [['=x'], []],
  [['a=1', 'a=2'], []],
  [['a=1'], ['a=env:PATH']],
])('refuses %j with %j, naming the flag', async (values, references) => {
  await expect(parseParameters(values, references)).rejects.toThrow(UsageError)
  await expect(parseParameters(values, references)).rejects.toThrow(/^--parameter/)
})
