/** What has a policy of its own that can let in another account: a queue, a key, a bucket. */
export interface PolicyHolder {
  readonly arn: string
  /** For people: `queue orders.fifo`. */
  readonly name: string
  /** The text of its policy, if it has one. */
  read(): Promise<string | undefined>
  /** Replaces its policy, or takes it away. */
  write(policy: string | undefined): Promise<void>
  /** The stack that made it, if one did. */
  stack(): Promise<string | undefined>
  /** How long AWS says that a change takes until it holds everywhere. */
  readonly delay: string
}

/** CloudFormation puts it on what it makes: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html */
export const stackTag = 'aws:cloudformation:stack-name'
