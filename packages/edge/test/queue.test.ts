import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { queueUrlSchema } from '../src/index.ts'

describe('queueUrlSchema', () => {
  it.each([
    'https://sqs.eu-west-1.amazonaws.com/111111111111/orders.fifo',
    'https://sqs.cn-north-1.amazonaws.com.cn/111111111111/orders',
    'http://localhost:4566/222222222222/answers.fifo',
  ])('takes %s', (url) => {
    expect(v.parse(queueUrlSchema, url)).toBe(url)
  })

  it.each([
    'orders.fifo',
    'arn:aws:sqs:eu-west-1:111111111111:orders',
    'https://sqs.eu-west-1.amazonaws.com/orders',
    'https://user:password@sqs.eu-west-1.amazonaws.com/111111111111/orders',
    'https://sqs.eu-west-1.amazonaws.com/111111111111/orders?Action=SendMessage',
    'http://sqs.eu-west-1.amazonaws.com/111111111111/orders',
    'http://sqs.cn-north-1.amazonaws.com.cn/111111111111/orders',
    'http://SQS.EU-WEST-1.AMAZONAWS.COM/111111111111/orders',
    'http://sqs.eu-west-1.api.aws/111111111111/orders',
    'https://sqs.eu-west-1.amazonaws.com#x/111111111111/orders',
    'https://a\\b/111111111111/orders',
  ])('refuses %s', (url) => {
    expect(() => v.parse(queueUrlSchema, url)).toThrow('must be a queue URL')
  })
})
