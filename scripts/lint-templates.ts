// Lints every template in infra/, with SAM's resources expanded, by cfn-lint and by our own rules: node scripts/lint-templates.ts
import { execFile } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { rules } from '../infra/rules/index.ts'
import type { Problem, Template } from '../infra/rules/template.ts'

interface Report {
  readonly file: string
  readonly template: Template
  readonly problems: readonly Problem[]
}

/** Mistakes that cfn-lint sees only once SAM's resources are expanded. Should it no longer see one, the lint is blind. */
const mistakes = [
  { what: 'a runtime that does not exist', right: 'Runtime: nodejs24.x', wrong: 'Runtime: nodejs99.x' },
  { what: 'an attribute of a resource that does not exist', right: 'Role: !GetAtt Fun', wrong: 'Role: !GetAtt Fn' },
] as const

const root = join(import.meta.dirname, '..')
const python = join(root, '.venv/sam/bin/python')

async function main(): Promise<void> {
  if (!existsSync(python)) throw new Error('SAM CLI is not installed: there is no .venv/sam. Run `node setup.mjs sam`.')
  const files = globSync('infra/**/*.yaml', { cwd: root, exclude: ['**/node_modules'] }).sort()
  const scratch = await mkdtemp(join(tmpdir(), 'causeway-lint-'))
  try {
    const broken = await Promise.all(
      mistakes.map((mistake, index) => breakTemplate(join(scratch, `${index}.yaml`), mistake)),
    )
    const reports = await lint([...files.map((file) => join(root, file)), ...broken])
    const problems = reports.slice(0, files.length).flatMap(problemsOf)
    const unseen = mistakes.filter((_, index) => reports[files.length + index]?.problems.length === 0)
    for (const { what } of unseen) problems.push(`cfn-lint let ${what} pass: it no longer sees inside SAM's resources.`)
    if (problems.length > 0) throw new Error(problems.join('\n'))
    process.stdout.write(`${files.length} templates: no problems.\n`)
  } finally {
    await rm(scratch, { recursive: true })
  }
}

async function breakTemplate(file: string, { right, wrong }: (typeof mistakes)[number]): Promise<string> {
  const source = await readFile(join(root, 'infra/edge.yaml'), 'utf8')
  if (!source.includes(right))
    throw new Error(`infra/edge.yaml no longer has "${right}", which this lint tests itself with.`)
  await writeFile(file, source.replace(right, wrong))
  return file
}

/** One Python process for all of them: loading cfn-lint takes longer than linting a template. */
async function lint(files: readonly string[]): Promise<Report[]> {
  const { stdout } = await promisify(execFile)(python, [join(root, 'scripts/lint-templates.py'), ...files], {
    maxBuffer: 64 * 1024 * 1024,
  })
  return JSON.parse(stdout)
}

function problemsOf({ file, template, problems }: Report): string[] {
  return [...problems, ...rules.flatMap((rule) => [...rule(template)])].map(
    ({ where, message }) => `${relative(root, file)}: ${where} ${message}`,
  )
}

await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
