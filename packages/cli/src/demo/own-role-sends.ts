import type { Flow } from './flow.ts'
import { sendSteps } from './send-steps.ts'

/** The partner keeps to its own account: the policy of home's edge names the partner's role. */
export const ownRoleSends: Flow = {
  name: 'own-role',
  title: "A message crosses, by the partner's own role that home's edge names",
  steps: (context) =>
    sendSteps(context, {
      assume: 'partner assumes its own orders-sender',
      roleArn: context.stacks.senderRoleArn,
      body: 'order 1002',
    }),
}
