// Ends the sandbox of the folder that is named and deletes the folder.
import { rm } from 'node:fs/promises'
import { openSandbox } from '@causeway-aws/sandbox'

const [directory = ''] = process.argv.slice(2)
await openSandbox({ directory }).stop()
await rm(directory, { recursive: true, force: true })
