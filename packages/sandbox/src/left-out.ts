import { InvalidTemplate } from './errors.ts'
import { references } from './references.ts'
import type { TemplateBody } from './template.ts'

/** What came of the part of a template that the emulator knows. */
export interface Submitted<Result> {
  result: Result
  /** Logical id and type of each resource that it does not know. */
  leftOut: [id: string, type: string][]
}

/** Submits a template, and where CloudFormation does not know all its types, the template without those resources. */
export async function submitKnown<Result>(
  path: string,
  body: TemplateBody,
  submit: (body: TemplateBody) => Promise<Result>,
): Promise<Submitted<Result>> {
  try {
    return { result: await submit(body), leftOut: [] }
  } catch (error) {
    const types = unknownTypes(error)
    if (types.length === 0) throw error
    const leftOut = resourcesOf(path, body, types)
    return { result: await submit(without(path, body, leftOut)), leftOut }
  }
}

/** CloudFormation names all types that it does not know before it makes anything, so no list of them is kept here. */
function unknownTypes(error: unknown): string[] {
  const list = error instanceof Error ? /Unrecognized resource types: \[([^\]]+)\]/.exec(error.message)?.[1] : undefined
  return list?.split(', ') ?? []
}

function resourcesOf(path: string, { Resources }: TemplateBody, types: string[]): Submitted<unknown>['leftOut'] {
  const found = Object.entries(Resources).map(([id, { Type }]): [string, string] => [id, Type])
  const leftOut = found.filter(([, type]) => types.includes(type))
  const ofSam = types.find((type) => !leftOut.some(([, left]) => left === type))
  if (ofSam === undefined) return leftOut
  throw new InvalidTemplate(
    `The emulator does not know the type ${ofSam}, which SAM makes of a resource in ${path}, so that template cannot be deployed to the sandbox.`,
  )
}

/** The template without these resources. What refers to one of them could not be made: an error. */
function without(path: string, body: TemplateBody, leftOut: Submitted<unknown>['leftOut']): TemplateBody {
  const ids = leftOut.map(([id]) => id)
  const Resources = Object.fromEntries(Object.entries(body.Resources).filter(([id]) => !ids.includes(id)))
  for (const [place, part] of Object.entries({ ...Resources, ...body.Outputs })) {
    const named = references(part)
    const missing = leftOut.find(([id]) => named.has(id))
    if (missing === undefined) continue
    throw new InvalidTemplate(
      `The emulator does not know ${missing.join(', an ')}, and ${place} in ${path} refers to it, so that template cannot be deployed to the sandbox.`,
    )
  }
  return { ...body, Resources }
}
