import { describe, expect, it } from 'vitest'
import { rotatorOf } from '../src/rotators.ts'

const arn = 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:orders-AbCdEf'
const tagged = (tags: Record<string, string>) => ({ arn, tags, rotatedBy: undefined, versions: new Map() })

describe('the rotator of a secret', () => {
  it.each([
    [{ 'causeway:rotator': 'password' }, 'a-password-of-some-length'],
    [
      { 'causeway:rotator': 'access-key', 'causeway:target': 'legacy-sender' },
      '{"accessKeyId":"AKIAIOSFODNN7EXAMPLE","secretAccessKey":"x"}',
    ],
    [
      { 'causeway:rotator': 'cognito-client-secret', 'causeway:target': 'eu-west-1_AbCdEfGhI/1example23456789' },
      '{"clientId":"1example23456789","clientSecret":"x"}',
    ],
    [
      { 'causeway:rotator': 'postgres-users', 'causeway:target': 'orders-administrator' },
      '{"username":"orders","password":"x"}',
    ],
  ])('is the one that its tags name: %j', (tags, value) => {
    const rotator = rotatorOf(tagged(tags))
    expect(rotator.format(rotator.parse(value))).toBe(value)
    expect(rotatorOf(tagged(tags))).toBe(rotator)
  })

  it.each([
    [
      {},
      `${arn} has no tag causeway:rotator. Give it one of: access-key, cognito-client-secret, postgres-users, password.`,
    ],
    [{ 'causeway:rotator': 'acess-key' }, `${arn} has "acess-key" in its tag causeway:rotator. Give it one of: `],
    [{ 'causeway:rotator': 'constructor' }, `${arn} has "constructor" in its tag`],
    [{ 'causeway:rotator': 'access-key' }, `${arn} needs the tag causeway:target as well: the name of the IAM user.`],
    [
      { 'causeway:rotator': 'access-key', 'causeway:target': 'legacy/*' },
      'accessKey: userName must be the name of an IAM user.',
    ],
    [
      { 'causeway:rotator': 'cognito-client-secret', 'causeway:target': '1example23456789' },
      'cognitoClientSecret: userPoolId must be the id of a user pool.',
    ],
  ])('is asked for in one sentence where the tags do not name one: %j', (tags, sentence) => {
    expect(() => rotatorOf(tagged(tags as Record<string, string>))).toThrow(sentence)
  })
})
