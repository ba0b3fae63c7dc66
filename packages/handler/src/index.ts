export { type ClientFactories, clientDefaults } from './clients.ts'
export {
  type Configuration,
  type ConfigurationEntries,
  type ConfigurationEntry,
  readConfiguration,
} from './configuration.ts'
export { ConfigurationError } from './configuration-error.ts'
export { DeadlineError } from './deadline.ts'
export { duration, integer, type NumberOptions, type TextOptions, text } from './entries.ts'
export { createHandler, type HandlerDefinition, type Invocation, type LambdaHandler } from './handler.ts'
export { json, list } from './json.ts'
export { type DescribedError, describeError } from './redaction.ts'
export { type SecretReferenceOptions, secretReference } from './secret-reference.ts'
