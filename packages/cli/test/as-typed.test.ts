import { Command } from 'commander'
import { expect, it } from 'vitest'
import { asTyped } from '../src/as-typed.ts'

const create = new Command('create')
  .argument('<app>')
  .option('--role-arn <arn>')
  .option('--external-id-from <reference>')
  .option('--user <subs...>')
  .option('--send <arns...>')
  .option('--receive <arns...>')
new Command('causeway').addCommand(new Command('app').addCommand(create))

it.each([
  ['assumedRole: roleArn must be the ARN of a role.', '--role-arn must be the ARN of a role.'],
  ['createApp: users.0 must be the sub of a user.', '--user must be the sub of a user.'],
  ['policies.edgeSend: queueArn must be the ARN of a queue.', '--send must be the ARN of a queue.'],
  ['policies.edgeReceive: queueArn must be the ARN of a queue.', '--receive must be the ARN of a queue.'],
  ['createApp: app must be a name.', '<app> must be a name.'],
  ['secret: the reference must be env:NAME.', '--external-id-from: the reference must be env:NAME.'],
  ['createApp: an app needs something that it uses.', 'app create: an app needs something that it uses.'],
  ['<edge>: the argument must be a queue URL.', '<edge> must be a queue URL.'],
  ['--grant x.json: roleArn must be the ARN of a role.', '--grant x.json: roleArn must be the ARN of a role.'],
])('says %s as it was typed', (message, sentence) => {
  expect(asTyped(message, create)).toBe(sentence)
})
