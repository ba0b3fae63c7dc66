import { resolve } from 'node:path'
import { CreateBucketCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { type Bundle, bundle } from './bundle.ts'
import { InvalidTemplate } from './errors.ts'
import { REGION } from './region.ts'
import type { Template, TemplateBody } from './template.ts'

/** The bundle of one CodeUri, and where in the template it stands. */
export interface Code extends Bundle {
  /** A logical id, or undefined for `Globals`. */
  resource: string | undefined
  /** The bundle's folder. */
  folder: string
}

type CodeFolder = Pick<Code, 'resource' | 'folder'>

/** The folder of each CodeUri. */
export function codeFolders({ folder, body }: Template): CodeFolder[] {
  const places: [string | undefined, Record<string, unknown> | undefined][] = [[undefined, body.Globals?.Function]]
  for (const [id, { Type, Properties }] of Object.entries(body.Resources)) {
    if (Type === 'AWS::Serverless::Function') places.push([id, Properties])
  }
  return places.flatMap(([resource, properties]) => {
    const uri = properties?.CodeUri
    return typeof uri === 'string' && !uri.startsWith('s3://') ? [{ resource, folder: resolve(folder, uri) }] : []
  })
}

/** Bundles the folder of each CodeUri. */
export async function bundleCode(template: Template): Promise<Code[]> {
  const code: Code[] = []
  for (const { resource, folder } of codeFolders(template)) {
    const made = await bundle(folder)
    if (made === undefined) {
      throw new InvalidTemplate(
        `The code of ${resource ?? 'Globals'} in ${template.path} is not there: ${folder} has no files. Run \`npm run build\` and try again.`,
      )
    }
    code.push({ resource, folder, ...made })
  }
  return code
}

/** Uploads what is not there yet. */
export async function uploadCode(client: S3Client, bucket: string, code: readonly Bundle[]): Promise<void> {
  if (code.length === 0) return
  const CreateBucketConfiguration = { LocationConstraint: REGION } as const
  await client
    .send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration }))
    .catch(unless('BucketAlreadyOwnedByYou'))
  for (const { key, body } of code) {
    const place = { Bucket: bucket, Key: key }
    const found = await client.send(new HeadObjectCommand(place)).catch(unless('NotFound'))
    if (found === undefined) await client.send(new PutObjectCommand({ ...place, Body: body }))
  }
}

function unless(name: string): (error: unknown) => undefined {
  return (error) => {
    if (!(error instanceof Error && error.name === name)) throw error
    return undefined
  }
}

/** The template with each CodeUri where its bundle was uploaded to. */
export function withCode(body: TemplateBody, bucket: string, code: readonly Code[]): TemplateBody {
  const copy = structuredClone(body)
  for (const { resource, key } of code) {
    const properties = resource === undefined ? copy.Globals?.Function : copy.Resources[resource]?.Properties
    if (properties !== undefined) properties.CodeUri = { Bucket: bucket, Key: key }
  }
  return copy
}
