/*
 * What has to be known from one run to the next is kept as staging labels, beside AWS's own: a version with a label is not
 * deleted by Secrets Manager, and one ListSecrets shows the labels of a hundred secrets.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
 */

export const current = 'AWSCURRENT'
export const pending = 'AWSPENDING'
export const previous = 'AWSPREVIOUS'

/** The version that rotation made last, whether it became AWSCURRENT or not. */
export const made = 'causeway-made'

const retireAfter = 'causeway-retire-after-'

/** Says from when on what a version holds may be taken away. */
export const retireLabel = (time: number): string => `${retireAfter}${new Date(time).toISOString()}`

/** The time in such a label; undefined for any other label. */
export function retireTime(label: string): number | undefined {
  if (!label.startsWith(retireAfter)) return undefined
  const time = Date.parse(label.slice(retireAfter.length))
  return Number.isNaN(time) ? undefined : time
}
