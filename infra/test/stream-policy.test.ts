import { expect, it } from 'vitest'
import { partsOf } from './parts.ts'

interface Statement {
  readonly Action: readonly string[]
  readonly [part: string]: unknown
}

/** The one statement of a name that a template has, with its actions in an order of their own. */
async function statementOf(file: string, sid: string, given: readonly string[] = []): Promise<Statement> {
  const [json = '{}'] = [...(await partsOf(file, { given }))].flatMap(([path, part]) =>
    path.endsWith(sid) ? part : [],
  )
  const { Action, ...others }: Statement = JSON.parse(json)
  return { ...others, Action: Action.toSorted() }
}

it("lets the role of the reader's function do with the stream what that role may do by itself, and nobody anything else", async () => {
  const own = await statementOf('kinesis-reader.yaml', 'ReadStream', ['ReadsAsItself'])
  expect(await statementOf('partner/stream-policy.yaml', 'ReadByMapping')).toEqual({
    ...own,
    Sid: 'ReadByMapping',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's
    Principal: { AWS: { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${ReaderAccountId}:root' } },
    Resource: { Ref: 'StreamArn' },
    Condition: { ArnEquals: { 'aws:PrincipalArn': { Ref: 'ReaderRoleArn' } } },
  })
  expect(own.Action).toHaveLength(5)
})
