import { arnParts } from '../arn.ts'
import { InvalidOptions } from '../options.ts'
import { allow, type PolicyStatement } from '../policy.ts'

/**
 * Use of a KMS key, but only through the service that holds the data: whoever has the policy cannot call KMS with it.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
 */
export function keyUse(
  who: string,
  actions: string | readonly string[],
  key: string,
  through: { service: string; region?: string },
): PolicyStatement {
  const { region } = arnParts(key)
  if (through.region !== undefined && through.region !== region) {
    throw new InvalidOptions(
      `${who}: keyArn is in ${region}, but what it encrypts is in ${through.region}; name the key of that region.`,
    )
  }
  return allow(actions, key, { StringEquals: { 'kms:ViaService': `${through.service}.${region}.amazonaws.com` } })
}
