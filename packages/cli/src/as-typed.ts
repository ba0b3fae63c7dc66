import type { Option } from 'commander'

/**
 * The sentence of an InvalidOptions in the words of the command line. Our functions name their own options; what a person
 * typed is called alike, `--role-arn` for `roleArn`, or `--external-id-from` where a secret is given by its reference, or
 * `--bodies-bucket` for the `bucket` of bodies, or `--stream` for the `streamArn` of what is granted, `--action` for `actions`.
 */
export function asTyped(message: string, flags: readonly Option[]): string {
  // Of a list, `stores.0.prefix`, the option is the last word.
  const sentence = message.replace(/^[\w.]+: (\w+\.\d+\.)?/, '')
  const [word = ''] = /^\w+/.exec(sentence) ?? []
  const names = [
    word,
    `${word}From`,
    `bodies${word.charAt(0).toUpperCase()}${word.slice(1)}`,
    word.replace(/Arn$|s$/, ''),
    ...(word === 'queueArn' ? ['edge'] : []),
  ]
  const flag = flags.find((flag) => names.includes(flag.attributeName()))
  if (flag) return `${flag.long}${flag.envVar ? ` (or ${flag.envVar})` : ''}${sentence.slice(word.length)}`
  // Of the reference itself, or of "what env:NAME holds".
  const reference = flags.find((flag) => flag.flags.includes('reference'))
  return reference && /^(the reference|what)\b/.test(sentence) ? `${reference.long}: ${sentence}` : message
}
