import { assumedRoleSends } from './assumed-role-sends.ts'
import type { Flow } from './flow.ts'
import { ownRoleSends } from './own-role-sends.ts'
import { refusals } from './refusals.ts'

/** The demo, in order. */
export const flows: readonly Flow[] = [assumedRoleSends, ownRoleSends, refusals]
