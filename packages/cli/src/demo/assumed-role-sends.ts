import type { Flow } from './flow.ts'
import { sendSteps } from './send-steps.ts'

/** The partner has nothing but a role of ours, which it assumes with its ExternalId. */
export const assumedRoleSends: Flow = {
  name: 'assumed-role',
  title: 'A message crosses, by a role in home that the partner assumes',
  steps: (context) =>
    sendSteps(context, {
      assume: 'partner assumes causeway-orders-sender in home with its ExternalId',
      roleArn: context.stacks.orders.senderRoleArn,
      externalId: context.stacks.externalId,
      body: 'order 1001',
    }),
}
