import { testSandbox } from './sandbox.ts'

// On a free port, so that a sandbox that a person has running is left alone. One that runs already is left as it is.
await testSandbox().start({ port: 'free' })
