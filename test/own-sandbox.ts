import { testSandbox } from './sandbox.ts'

// On a free port, so that a sandbox that a person has running is left alone. The worker's next files find it running.
await testSandbox().start({ port: 'free' })
