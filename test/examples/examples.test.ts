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

/** One that must be found wrong, or nothing was checked. */
const wrong = "export const wrong: number = 'not a number'\n"

/** Examples are type-checked as modules of this workspace, so they import the packages as a reader would. */
describe('every TypeScript example in a docstring or a README compiles', () => {
  let folder: string
  let complaints: string[]

  beforeAll(async () => {
    folder = await mkdtemp(join(import.meta.dirname, '.extracted-'))
    await Promise.all(examples.map(({ code }, index) => writeFile(join(folder, `example-${index}.ts`), code)))
    await writeFile(join(folder, 'wrong.ts'), wrong)
    const configuration = {
      extends: '../../../tsconfig.base.json',
      compilerOptions: { noUnusedLocals: false, isolatedDeclarations: false, declaration: false },
      include: ['*.ts'],
    }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(configuration))
    const tsc = join(root, 'node_modules/.bin/tsc')
    complaints = await promisify(execFile)(tsc, ['-p', folder, '--pretty', 'false'], { cwd: folder }).then(
      ({ stdout }) => stdout.split('\n'),
      (error: { stdout?: string }) => (error.stdout ?? '').split('\n'),
    )
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const complaintsAbout = (file: string) => complaints.filter((line) => basename(line.split('(')[0] ?? '') === file)

  it('finds the examples, and finds fault with one that is wrong', () => {
    expect(examples.length).toBeGreaterThan(50)
    expect(complaintsAbout('wrong.ts')).toHaveLength(1)
  })

  it.each(examples.map((example, index) => [name(example), index] as const))('%s', (_, index) => {
    expect(complaintsAbout(`example-${index}.ts`)).toEqual([])
  })
})

const name = ({ file, line }: Example) => `${relative(root, file)}:${line}`
