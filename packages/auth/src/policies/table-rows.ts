import * as v from 'valibot'
import { tableArn } from '../arn.ts'
import { parseOptions } from '../options.ts'
import { allow, type PolicyDocument, policy } from '../policy.ts'

/** Rows of a DynamoDB table, by their partition keys. */
export interface TableRows {
  /** ARN of the table. */
  tableArn: string
  /** The partition keys of the rows. */
  partitionKeys: readonly string[]
  /** Whether the rows may be changed too. */
  access: 'read' | 'write'
}

const partitionKey = v.pipe(v.string(), v.regex(/^[^*?$]+$/, 'must be one partition key, without wildcards'))
const schema = v.strictObject({
  tableArn,
  partitionKeys: v.pipe(v.array(partitionKey), v.minLength(1, 'must name at least one partition key')),
  access: v.picklist(['read', 'write']),
})

const read = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query', 'dynamodb:ConditionCheckItem']
const write = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem']

/**
 * The rows of a table that have the given partition keys. Not: other rows, scans (which name no key), PartiQL, indexes.
 *
 * ForAllValues holds for a request that names no key at all, so the policy also asks that there is one.
 *
 * @throws {InvalidOptions} for anything but one table and at least one key.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 *
 * @example
 * ```ts
 * import { policies } from '@causeway-aws/auth'
 *
 * export const policy = policies.tableRows({
 *   tableArn: 'arn:aws:dynamodb:eu-west-1:111111111111:table/orders',
 *   partitionKeys: ['partner-1'],
 *   access: 'read',
 * })
 * ```
 */
export function tableRows(rows: TableRows): PolicyDocument {
  const { tableArn, partitionKeys, access } = parseOptions('policies.tableRows', schema, rows)
  return policy(
    allow(access === 'read' ? read : [...read, ...write], tableArn, {
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': partitionKeys },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    }),
  )
}
