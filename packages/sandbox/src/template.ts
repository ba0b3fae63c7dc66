import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import * as v from 'valibot'
import { LineCounter, parseDocument } from 'yaml'
import { cloudFormationTags } from './cloudformation-yaml.ts'
import { InvalidTemplate } from './errors.ts'

/** A SAM or CloudFormation template as plain data; intrinsic functions are in their full form. */
export interface Template {
  /** Its path as it was given, for sentences. */
  path: string
  /** The folder that its relative paths start from. */
  folder: string
  body: TemplateBody
}

export interface TemplateBody {
  Parameters?: Record<string, TemplateParameter> | undefined
  Globals?: { Function?: Record<string, unknown> | undefined } | undefined
  Resources: Record<string, TemplateResource>
  Outputs?: Record<string, unknown> | undefined
}

interface TemplateResource {
  Type: string
  Properties?: Record<string, unknown> | undefined
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html */
export interface TemplateParameter {
  Type: string
  Default?: string | number | boolean | undefined
  Description?: string | undefined
  ConstraintDescription?: string | undefined
  NoEcho?: string | boolean | undefined
  AllowedPattern?: string | undefined
  AllowedValues?: (string | number | boolean)[] | undefined
  MinLength?: number | undefined
  MaxLength?: number | undefined
  MinValue?: number | undefined
  MaxValue?: number | undefined
}

const scalar = v.union([v.string(), v.number(), v.boolean()])
const length = v.optional(v.pipe(v.union([v.string(), v.number()]), v.toNumber()))

const parameter = v.looseObject({
  Type: v.string(),
  Default: v.optional(scalar),
  Description: v.optional(v.string()),
  ConstraintDescription: v.optional(v.string()),
  NoEcho: v.optional(v.union([v.string(), v.boolean()])),
  AllowedPattern: v.optional(v.string()),
  AllowedValues: v.optional(v.array(scalar)),
  MinLength: length,
  MaxLength: length,
  MinValue: length,
  MaxValue: length,
})

const properties = v.record(v.string(), v.unknown())

const templateBody: v.GenericSchema<unknown, TemplateBody> = v.looseObject({
  Parameters: v.optional(v.record(v.string(), parameter)),
  Globals: v.optional(v.looseObject({ Function: v.optional(properties) })),
  Resources: v.record(v.string(), v.looseObject({ Type: v.string(), Properties: v.optional(properties) })),
  Outputs: v.optional(properties),
})

/** Reads a template, in YAML or JSON. */
export async function readTemplate(path: string): Promise<Template> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new InvalidTemplate(`There is no template ${path}, or it cannot be read.`)
  })
  const lines = new LineCounter()
  const document = parseDocument(text, { customTags: cloudFormationTags, lineCounter: lines, prettyErrors: false })
  const [error] = [...document.errors, ...document.warnings]
  if (error !== undefined) {
    throw new InvalidTemplate(`${path} is not a template, line ${lines.linePos(error.pos[0]).line}: ${error.message}.`)
  }
  const parsed = v.safeParse(templateBody, document.toJS())
  if (!parsed.success) {
    const [issue] = parsed.issues
    const place = v.getDotPath(issue) ?? 'the whole'
    throw new InvalidTemplate(`${path} is not a template: ${place} is ${issue.received}, expected ${issue.expected}.`)
  }
  return { path, folder: dirname(resolve(path)), body: parsed.output }
}
