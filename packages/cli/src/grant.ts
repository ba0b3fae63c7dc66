import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { InvalidOptions, parseOptions, type Secret, secret } from '@causeway-aws/auth'
import { type ExportedGrant, parseExportedGrant } from '@causeway-aws/grants'
import * as v from 'valibot'
import { defaultTable } from './default-table.ts'
import { UsageError } from './exit.ts'

/** What a partner has granted: a role, what it asks for, and what is to be used by it. */
export interface Grant extends Omit<ExportedGrant, 'externalIdFrom'> {
  readonly externalId?: string | Secret
}

const text = v.pipe(v.string('must be a string'), v.nonEmpty('must not be empty'))
const roleArn = v.pipe(
  v.string('must be a string'),
  v.regex(/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/, 'must be the ARN of a role'),
)
/** What is used of a dataset of #Let's Data, which says much more. https://www.letsdata.io/docs/customer-access */
const datasetSchema = v.object({
  customerAccessRoleArn: roleArn,
  createDatetime: v.pipe(
    v.union([v.number(), v.string()], 'must be a number or a string: it is the ExternalId'),
    v.transform(String),
    // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    v.regex(/^[\w+=,.@:/\\-]{2,1224}$/, 'must be the ExternalId: 2 to 1,224 letters, digits and _+=,.@:/\\-'),
  ),
  region: v.nullish(text),
  writeConnector: v.nullish(
    v.object({
      streamName: v.nullish(text),
      topicName: v.nullish(text),
      clusterArn: v.nullish(text),
      bucketName: v.nullish(text),
    }),
  ),
  errorConnector: v.nullish(v.object({ bucketName: v.nullish(text) })),
})

/** What a dataset may lack, and nobody can be without. */
const needed = [
  [
    'customerAccessRoleArn',
    "#Let's Data makes that role when customerAccountForAccess is set and its resources are #Let's Data's own.",
  ],
  [
    'createDatetime',
    "It is the role's ExternalId; give the JSON as #Let's Data shows it of a dataset that was created.",
  ],
] as const

/**
 * Reads a grant: what `grant export --for-reader` has written, or the JSON of a dataset of #Let's Data, whose ExternalId is
 * when it was created. What is in it is never repeated. Where there is no such file, the text may be the id of a grant.
 */
export async function readGrant(path: string): Promise<Grant> {
  if (isInTable(path)) return grantOf(await readExportedGrant(path))
  const who = `--grant ${path}`
  const content = await contentOf(path)
  if (!isDataset(content)) return grantOf(stillGood(path, parseExportedGrant(who, content)))
  for (const [name, what] of needed) {
    if (content[name] === undefined || content[name] === null) {
      throw new InvalidOptions(`${who}: the dataset has no ${name}. ${what}`)
    }
  }
  const dataset = parseOptions(who, datasetSchema, content)
  const { writeConnector, errorConnector } = dataset
  return {
    roleArn: dataset.customerAccessRoleArn,
    externalId: dataset.createDatetime,
    region: dataset.region ?? undefined,
    stream: writeConnector?.streamName ?? undefined,
    topic: writeConnector?.topicName ?? undefined,
    cluster: writeConnector?.clusterArn ?? undefined,
    bucket: writeConnector?.bucketName ?? errorConnector?.bucketName ?? undefined,
  }
}

/** What was exported, as it is; by its id, of the table that the caller's account keeps its grants in. */
export async function readExportedGrant(path: string): Promise<ExportedGrant> {
  if (!isInTable(path)) return parseExportedGrant(`--grant ${path}`, await contentOf(path))
  const { openGrants } = await import('./open-grants.ts')
  const grants = openGrants({ table: process.env.CAUSEWAY_GRANTS_TABLE ?? defaultTable })
  return parseExportedGrant(`--grant ${path}`, await grants.export(path, 'reader'))
}

/** AWS refuses one that has ended without a word of its end. */
export function stillGood(path: string, grant: ExportedGrant): ExportedGrant {
  const { until } = grant
  if (until === undefined || Date.now() < Date.parse(until)) return grant
  throw new UsageError(`--grant ${path}: the grant has ended, at ${until}. Ask for another one.`)
}

const grantOf = ({ externalIdFrom, ...grant }: ExportedGrant): Grant => ({
  ...grant,
  ...(externalIdFrom !== undefined && { externalId: secret(externalIdFrom) }),
})

/** Whether it is the id of a grant and no file. */
const isInTable = (path: string): boolean => /^[0-9a-f]{16}$/.test(path) && !existsSync(path)

type Content = Readonly<Record<string, unknown>>

const isDataset = (content: Content): boolean =>
  ['datasetName', 'customerAccessRoleArn', 'createDatetime', 'writeConnector'].some((name) =>
    Object.hasOwn(content, name),
  )

async function contentOf(path: string): Promise<Content> {
  const text = await readFile(path, 'utf8').catch(({ code }: NodeJS.ErrnoException) => {
    throw new UsageError(`--grant: ${path} cannot be read (${code}).`)
  })
  try {
    const content: unknown = JSON.parse(text)
    if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content as Content
  } catch {
    // Without the cause: the message of JSON.parse repeats the text.
  }
  throw new UsageError(
    `--grant: ${path} is no JSON object. Give an exported grant, {"roleArn":"…","externalIdFrom":"env:EXTERNAL_ID","stream":"orders"}, or a dataset of #Let's Data.`,
  )
}
