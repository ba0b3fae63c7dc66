export { createReaderHandler, type ReaderDefinition, ReaderEventError, type ReaderInvocation } from './handler.ts'
export type { Reader, SourceClient } from './reader.ts'
