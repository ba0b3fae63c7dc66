import * as v from 'valibot'

/** Where a body is that is too large for a queue, and what it has to be: the attribute `bodyRef` of a message. */
export interface BodyReference {
  /** Key of the object, under the prefix of its edge. */
  readonly key: string
  /** SHA-256 of what is stored, which is compressed: 64 lowercase hex digits. */
  readonly sha256: string
  /** How many bytes are stored. */
  readonly length: number
  /** How many bytes the body has. */
  readonly expandedLength: number
  /**
   * The bucket, where this process knows it. It is not on the wire: a receiver looks only where its own configuration
   * says.
   */
  readonly bucket?: string
}

const bytes = (name: string) => v.pipe(v.number(`${name} is not a number`), v.safeInteger(`${name} is not whole`))

// S3 allows almost any key, but whoever makes a URL or a path of one with `..` in it is somewhere else.
const key = /^(?!.{1025})(?:[\w-][\w.-]*\/)+[\w-]+$/

const wireEntries = {
  key: v.pipe(v.string('key is not a string'), v.regex(key, 'key is not a prefix and a name')),
  sha256: v.pipe(
    v.string('sha256 is not a string'),
    v.regex(/^[0-9a-f]{64}$/, 'sha256 is not 64 lowercase hex digits'),
  ),
  length: v.pipe(bytes('length'), v.minValue(1, 'length is not 1 or more')),
  expandedLength: v.pipe(bytes('expandedLength'), v.minValue(1, 'expandedLength is not 1 or more')),
}

const shape = (issue: v.BaseIssue<unknown>) =>
  issue.expected === 'never' ? 'it has a field too many' : 'it is not an object of key, sha256, length, expandedLength'

const wireSchema: v.GenericSchema<unknown, BodyReference> = v.strictObject(wireEntries, shape)
const schema = v.strictObject({ ...wireEntries, bucket: v.optional(v.string('bucket is not a string')) }, shape)

/** What is wrong with a reference, or `undefined`. It never quotes it: it may be a stranger's. */
export function referenceFaultOf(reference: unknown): string | undefined {
  const { issues } = v.safeParse(schema, reference, { abortEarly: true })
  return issues && `its body reference is malformed: ${issues[0].message}`
}

/** Reads the attribute `bodyRef`, and says what is wrong where it cannot be read. */
export function parseReference(json: string): BodyReference | string {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return 'its attribute "bodyRef" is not JSON'
  }
  const { success, output, issues } = v.safeParse(wireSchema, value, { abortEarly: true })
  return success ? output : `its attribute "bodyRef" is malformed: ${issues[0].message}`
}

/** The attribute `bodyRef`. */
export function referenceText({ key, sha256, length, expandedLength }: BodyReference): string {
  return JSON.stringify({ key, sha256, length, expandedLength })
}
