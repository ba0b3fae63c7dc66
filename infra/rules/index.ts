import { buckets } from './buckets.ts'
import { functions } from './functions.ts'
import { identities } from './identities.ts'
import { leastPrivilege } from './least-privilege.ts'
import { parameters } from './parameters.ts'
import { queues } from './queues.ts'
import type { Rule } from './template.ts'

/** What every template of ours keeps, beyond what cfn-lint knows. */
export const rules: readonly Rule[] = [leastPrivilege, identities, functions, queues, buckets, parameters]
