import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Example, extractExamples } from './extract.ts'

const root = join(import.meta.dirname, '../..')
const files = globSync(
  ['packages/*/src/**/*.ts', 'packages/*/README.md', 'functions/*/README.md', 'docs/*.md', '*.md'],
  { cwd: root },
)
const examples = (await Promise.all(files.sort().map((file) => extractExamples(join(root, file))))).flat()

/** Examples are type-checked as modules of this workspace, so they import the packages as a reader would. */
describe('every TypeScript example in a docstring or a README compiles', () => {
  let folder: string
  let complaints: string

  beforeAll(async () => {
    folder = await mkdtemp(join(import.meta.dirname, '.extracted-'))
    await Promise.all(examples.map(({ code }, index) => writeFile(join(folder, `example-${index}.ts`), code)))
    const configuration = {
      extends: '../../../tsconfig.base.json',
      compilerOptions: { noUnusedLocals: false, isolatedDeclarations: false, declaration: false },
      include: ['*.ts'],
    }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(configuration))
    complaints = await promisify(execFile)('tsc', ['-p', folder, '--pretty', 'false'], { cwd: folder }).then(
      ({ stdout }) => stdout,
      (error: { stdout: string }) => error.stdout,
    )
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('finds the examples', () => {
    expect(examples.length).toBeGreaterThan(20)
  })

  it.each(examples.map((example, index) => [name(example), index] as const))('%s', (_, index) => {
    const mine = complaints.split('\n').filter((line) => basename(line.split('(')[0] ?? '') === `example-${index}.ts`)
    expect(mine).toEqual([])
  })
})

const name = ({ file, line }: Example) => `${relative(root, file)}:${line}`
