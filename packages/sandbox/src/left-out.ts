import { InvalidTemplate } from './errors.ts'
import { references } from './references.ts'
import type { TemplateBody } from './template.ts'

/** A resource of a type that the emulator does not know. */
export interface LeftOut {
  id: string
  type: string
}

/** Submits a template, and where CloudFormation does not know all its types, the template without those resources. */
export async function submitKnown<Result>(
  path: string,
  body: TemplateBody,
  submit: (body: TemplateBody) => Promise<Result>,
  onLeftOut: (resource: LeftOut) => void,
): Promise<Result> {
  try {
    return await submit(body)
  } catch (error) {
    const types = unknownTypes(error)
    if (types.length === 0) throw error
    const leftOut = resourcesOf(path, body, types)
    const rest = without(path, body, leftOut)
    leftOut.forEach(onLeftOut)
    return await submit(rest)
  }
}

/** CloudFormation names all types that it does not know before it makes anything, so no list of them is kept here. */
function unknownTypes(error: unknown): string[] {
  const list = error instanceof Error ? /Unrecognized resource types: \[([^\]]+)\]/.exec(error.message)?.[1] : undefined
  return list?.split(', ') ?? []
}

function resourcesOf(path: string, { Resources }: TemplateBody, types: string[]): LeftOut[] {
  const all = Object.entries(Resources).map(([id, { Type }]) => ({ id, type: Type }))
  const ofSam = types.find((unknown) => !all.some(({ type }) => type === unknown))
  if (ofSam !== undefined) {
    throw new InvalidTemplate(
      `The emulator does not know the type ${ofSam}, which SAM makes of a resource in ${path}, so that template cannot be deployed to the sandbox.`,
    )
  }
  return all.filter(({ type }) => types.includes(type))
}

/** The template without these resources. What refers to one of them could not be made: an error. */
function without(path: string, body: TemplateBody, leftOut: LeftOut[]): TemplateBody {
  const kept = Object.entries(body.Resources).filter(([name]) => !leftOut.some(({ id }) => id === name))
  const Resources = Object.fromEntries(kept)
  for (const [place, part] of [...kept, ...Object.entries(body.Outputs ?? {})]) {
    const named = references(part)
    const missing = leftOut.find(({ id }) => named.has(id))
    if (missing === undefined) continue
    throw new InvalidTemplate(
      `The emulator does not know ${missing.id} (${missing.type}), and ${place} in ${path} refers to it, so that template cannot be deployed to the sandbox.`,
    )
  }
  return { ...body, Resources }
}
