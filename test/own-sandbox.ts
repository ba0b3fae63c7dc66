import { testSandbox } from './sandbox.ts'

// Each file begins with two empty accounts, whichever files the worker has run before. On a free port, so that a sandbox
// that a person has running is left alone.
const sandbox = testSandbox()
const { running } = await sandbox.status()
await (running ? sandbox.reset() : sandbox.start({ port: 'free' }))
