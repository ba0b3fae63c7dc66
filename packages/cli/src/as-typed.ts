import type { Command } from 'commander'

/**
 * The sentence of an InvalidOptions in the words of the command line. Our functions name themselves and their own options; what
 * a person typed is called alike, `--role-arn` for `roleArn`, or `--external-id-from` where a secret is given by its reference, or
 * `--bodies-bucket` for the `bucket` of bodies, or `--stream` for the `streamArn` of what is granted, `--action` for `actions`,
 * or `<app>` for what comes without a flag. A sentence about none of them begins with the command.
 */
export function asTyped(message: string, command: Command | undefined): string {
  const flags = command?.options ?? []
  const [, who, sentence] = /^([\w.]+): (?:\w+\.\d+\.)?(.*)$/s.exec(message) ?? [] // of a list, `stores.0.prefix`, it is the last word
  // Of an argument, or of a file that a flag names.
  if (command === undefined || who === undefined || sentence === undefined) {
    return message.replace(/^(<\w+>): the argument /, '$1 ')
  }
  const [word = ''] = /^\w+/.exec(sentence) ?? []
  const names = [
    word,
    `${word}From`,
    `bodies${word.charAt(0).toUpperCase()}${word.slice(1)}`,
    word.replace(/Arn$|s$/, ''),
    ...(word === 'queueArn' ? ['edge', who.endsWith('Receive') ? 'receive' : 'send'] : []),
  ]
  const flag = flags.find((flag) => names.includes(flag.attributeName()))
  const rest = sentence.slice(word.length).replace(/^\.\d+(?= )/, '')
  if (flag) return `${flag.long}${flag.envVar ? ` (or ${flag.envVar})` : ''}${rest}`
  if (command.registeredArguments.some((argument) => argument.name() === word)) return `<${word}>${rest}`
  // Of the reference itself, or of "what env:NAME holds".
  const reference = flags.find((flag) => flag.flags.includes('reference'))
  if (reference && /^(the reference|what)\b/.test(sentence)) return `${reference.long}: ${sentence}`
  return `${nameOf(command)}: ${sentence}`
}

/** `grant create` */
const nameOf = (command: Command): string =>
  command.parent?.parent ? `${command.parent.name()} ${command.name()}` : command.name()
