import { SourceError } from '../source-error.ts'

/** What an object is stored as. */
export type Compression = 'gzip' | 'zstd'

/** Where a record ends in the content of its object, which is expanded where the object is compressed. */
export interface ObjectPosition {
  /** In bytes. */
  readonly offset: number
  /** Missing where the content is what is stored, so that S3 can be asked for it from any offset. */
  readonly compression?: Compression | undefined
}

/** `OFFSET`, or `gzip OFFSET`: what there is before the offset. */
export const positionPrefix = (compression: Compression | undefined): string => (compression ? `${compression} ` : '')

/** @throws {SourceError} when it is no position of an object. */
export function parsePosition(position: string): ObjectPosition {
  const [, compression, offset] = /^(?:(gzip|zstd) )?(\d{1,15})$/.exec(position) ?? []
  if (offset === undefined) {
    throw new SourceError(
      `"${position}" is no position of an S3 object, as 1048576 or "gzip 1048576" is; the checkpoint is of another source.`,
      { isOfPosition: true },
    )
  }
  return { offset: Number(offset), compression: compression as Compression | undefined }
}
