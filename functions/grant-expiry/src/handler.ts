import { createGrants } from '@causeway-aws/grants'
import { clientDefaults, createHandler, text } from '@causeway-aws/handler'
import { expire } from './expire.ts'

/** Takes out, on a schedule, what grants that have ended have left. */
export const handler = createHandler(
  {
    name: 'grant-expiry',
    configuration: { table: text({ example: 'causeway-grants' }) },
    clients: { grants: ({ table }) => createGrants({ table, client: clientDefaults }) },
  },
  (_event: unknown, { clients: { grants }, ...invocation }) => expire(grants, invocation),
)
