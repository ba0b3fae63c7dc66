import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { evenPace, rotate, secretVersions } from '@causeway-aws/grants/rotation'
import { clientDefaults, createHandler, duration, integer, text } from '@causeway-aws/handler'
import { retire } from './retire.ts'
import { rotatorOf } from './rotators.ts'

/** Does a step of a rotation for Secrets Manager or, asked with `{"retire": true}` by its schedule, retires what was replaced. */
export const handler = createHandler(
  {
    name: 'credential-rotation',
    configuration: {
      grace: duration({ min: 1_000, default: 600_000 }),
      changesPerSecond: integer({ min: 1, max: 50, default: 5 }),
      rotatedBy: text({ default: '' }),
    },
    clients: {
      secretsManager: () => new SecretsManagerClient(clientDefaults),
      pace: ({ changesPerSecond }) => evenPace(changesPerSecond),
    },
  },
  async (event: unknown, { config: { grace, rotatedBy }, clients, signal, logger, metrics }) => {
    const versions = secretVersions({ client: clients.secretsManager, pace: clients.pace, signal })
    const options = { versions, rotatorOf, grace, signal }
    if (isToRetire(event)) {
      return retire({ ...options, ...(rotatedBy !== '' && { rotatedBy }) }, { logger, metrics })
    }
    const done = await rotate(event, options)
    logger.info('rotation step done', { ...done })
    if (done.step === 'finishSecret' && !done.already) metrics.addMetric('SecretsRotated', 'Count', 1)
  },
)

const isToRetire = (event: unknown) =>
  typeof event === 'object' && event !== null && 'retire' in event && event.retire === true
