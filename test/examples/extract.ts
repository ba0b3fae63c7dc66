import { readFile } from 'node:fs/promises'

/** A TypeScript example of a docstring or a README. */
export interface Example {
  file: string
  /** Line of its first line of code, from 1. */
  line: number
  code: string
}

const fence = /^(?<prefix>[ \t]*(?:\* ?)?)```ts\n(?<code>[\s\S]*?)^[ \t]*(?:\* ?)?```/gm

/** The ```ts fences of a source file's docstrings or of a Markdown file, as modules. */
export async function extractExamples(file: string): Promise<Example[]> {
  const text = await readFile(file, 'utf8')
  return [...text.matchAll(fence)].map((match) => {
    const code = (match.groups?.code ?? '').replace(/^[ \t]*\* ?/gm, (margin) => (file.endsWith('.md') ? margin : ''))
    return { file, line: text.slice(0, match.index).split('\n').length + 1, code }
  })
}
