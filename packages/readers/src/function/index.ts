export { byMember, byPartition, type Drainable, type MembersOptions } from '../work/drainable.ts'
export { plan } from '../work/plan.ts'
export {
  countFailure,
  createReaderHandler,
  type ReaderDefinition,
  ReaderEventError,
  type ReaderInvocation,
} from './handler.ts'
export type { Reader, SourceClient } from './reader.ts'
