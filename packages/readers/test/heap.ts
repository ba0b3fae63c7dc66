import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** How many bytes of the heap are in use, once what nobody holds is gone. */
export function heldBytes(): number {
  collect()
  return process.memoryUsage().heapUsed
}
