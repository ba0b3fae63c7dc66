import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidOptions, type PolicyDocument, type PolicyStatement, policies } from '../src/index.ts'

const accountId = '111111111111'
const keyArn = `arn:aws:kms:eu-west-1:${accountId}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
const queueArn = `arn:aws:sqs:eu-west-1:${accountId}:orders.fifo`
const streamArn = `arn:aws:kinesis:eu-west-1:${accountId}:stream/orders`
const clusterArn = `arn:aws:kafka:eu-west-1:${accountId}:cluster/orders/1234abcd-12ab-34cd-56ef-1234567890ab-2`
const topicArn = `arn:aws:iot:eu-west-1:${accountId}:topic/orders/created`
const tableArn = `arn:aws:dynamodb:eu-west-1:${accountId}:table/orders`
const roleArn = `arn:aws:iam::${accountId}:role/orders-sender`

/** Each action that a policy allows, with its resources and conditions: what is not here is not allowed. */
function allowed({ Statement }: PolicyDocument): Record<string, Pick<PolicyStatement, 'Resource' | 'Condition'>> {
  return Object.fromEntries(
    Statement.flatMap(({ Effect, Action, ...rest }) => {
      expect(Effect).toBe('Allow')
      return [Action].flat().map((action) => [action, rest])
    }),
  )
}

const through = (service: string) => ({ StringEquals: { 'kms:ViaService': `${service}.eu-west-1.amazonaws.com` } })

describe('policies.assumeRole', () => {
  it('allows to assume one role, and nothing else', () => {
    expect(allowed(policies.assumeRole(roleArn))).toEqual({ 'sts:AssumeRole': { Resource: roleArn } })
  })

  it('allows to pass tags and a source identity to that role only where they are used', () => {
    expect(Object.keys(allowed(policies.assumeRole(roleArn, { sessionTags: true, sourceIdentity: true })))).toEqual([
      'sts:AssumeRole',
      'sts:TagSession',
      'sts:SetSourceIdentity',
    ])
  })
})

describe('policies.edgeSend', () => {
  it('allows to send, with the key through SQS: not to receive, delete, look at the queue, or call KMS', () => {
    expect(allowed(policies.edgeSend({ queueArn, keyArn }))).toEqual({
      'sqs:SendMessage': { Resource: queueArn },
      'kms:GenerateDataKey': { Resource: keyArn, Condition: through('sqs') },
      'kms:Decrypt': { Resource: keyArn, Condition: through('sqs') },
    })
  })

  it('refuses a key of another region, which could not encrypt the queue', () => {
    expect(() => policies.edgeSend({ queueArn, keyArn: keyArn.replace('eu-west-1', 'us-east-1') })).toThrow(
      'policies.edgeSend: keyArn is in us-east-1, but what it encrypts is in eu-west-1; name the key of that region.',
    )
  })

  it('refuses an alias, which no policy can name', () => {
    expect(() => policies.edgeSend({ queueArn, keyArn: `arn:aws:kms:eu-west-1:${accountId}:alias/orders` })).toThrow(
      'policies.edgeSend: keyArn must be the ARN of a KMS key (not of an alias)',
    )
  })
})

describe('policies.edgeReceive', () => {
  it('allows to receive, with the key through SQS: not to send, purge, encrypt, or call KMS', () => {
    expect(allowed(policies.edgeReceive({ queueArn, keyArn }))).toEqual({
      'sqs:ReceiveMessage': { Resource: queueArn },
      'sqs:DeleteMessage': { Resource: queueArn },
      'sqs:ChangeMessageVisibility': { Resource: queueArn },
      'sqs:GetQueueAttributes': { Resource: queueArn },
      'sqs:ListQueueTags': { Resource: queueArn },
      'kms:Decrypt': { Resource: keyArn, Condition: through('sqs') },
    })
  })
})

describe('policies.largeBodies', () => {
  const bodies = { bucket: 'orders-bodies', prefix: 'orders/', keyArn }
  const Resource = 'arn:aws:s3:::orders-bodies/orders/*'

  it('allows a sender to put: not to get, list or delete', () => {
    expect(allowed(policies.largeBodies({ ...bodies, access: 'send' }))).toEqual({
      's3:PutObject': { Resource },
      's3:AbortMultipartUpload': { Resource },
      'kms:GenerateDataKey': { Resource: keyArn, Condition: through('s3') },
      'kms:Decrypt': { Resource: keyArn, Condition: through('s3') },
    })
  })

  it('allows a receiver to get: not to put, list or delete', () => {
    expect(allowed(policies.largeBodies({ ...bodies, access: 'receive' }))).toEqual({
      's3:GetObject': { Resource },
      'kms:Decrypt': { Resource: keyArn, Condition: through('s3') },
    })
  })

  it('refuses a whole bucket as one edge’s', () => {
    expect(() => policies.largeBodies({ ...bodies, prefix: '', access: 'receive' })).toThrow(
      'policies.largeBodies: prefix must end with a slash, without wildcards: orders/.',
    )
  })

  it('names the bucket in the partition of its key', () => {
    const policy = policies.largeBodies({ ...bodies, keyArn: keyArn.replace('aws', 'aws-us-gov'), access: 'receive' })
    expect(allowed(policy)['s3:GetObject']?.Resource).toBe('arn:aws-us-gov:s3:::orders-bodies/orders/*')
  })
})

describe('policies.kinesisRead', () => {
  it('allows to poll one stream: not to write, reshard or list others', () => {
    expect(allowed(policies.kinesisRead(streamArn))).toEqual({
      'kinesis:ListShards': { Resource: streamArn },
      'kinesis:GetShardIterator': { Resource: streamArn },
      'kinesis:GetRecords': { Resource: streamArn },
    })
  })

  it('allows to have a consumer of the stream be pushed its records', () => {
    const consumerArn = `${streamArn}/consumer/reader:1764000000`
    expect(allowed(policies.kinesisRead(streamArn, { consumerArn }))).toMatchObject({
      'kinesis:GetRecords': { Resource: streamArn },
      'kinesis:SubscribeToShard': { Resource: consumerArn },
    })
    const another = `${streamArn}-2/consumer/reader:1764000000`
    expect(() => policies.kinesisRead(streamArn, { consumerArn: another })).toThrow(
      'policies.kinesisRead: consumerArn must be the ARN of a consumer of the stream.',
    )
  })

  it('allows to decrypt with the stream’s key through Kinesis', () => {
    expect(allowed(policies.kinesisRead(streamArn, { keyArn }))['kms:Decrypt']).toEqual({
      Resource: keyArn,
      Condition: through('kinesis'),
    })
  })
})

describe('policies.s3Read', () => {
  it('allows to list and get under a prefix: not beside it, not to put or delete', () => {
    expect(allowed(policies.s3Read('exports', 'orders/', { keyArn }))).toEqual({
      's3:ListBucket': { Resource: 'arn:aws:s3:::exports', Condition: { StringLike: { 's3:prefix': 'orders/*' } } },
      's3:GetObject': { Resource: 'arn:aws:s3:::exports/orders/*' },
      'kms:Decrypt': { Resource: keyArn, Condition: through('s3') },
    })
  })

  it('takes in the whole bucket only when that is said', () => {
    expect(allowed(policies.s3Read('exports', ''))).toEqual({
      // Without a condition: a request to list the whole bucket has no prefix that one could hold for.
      's3:ListBucket': { Resource: 'arn:aws:s3:::exports' },
      's3:GetObject': { Resource: 'arn:aws:s3:::exports/*' },
    })
  })

  it('allows versions only where that is said', () => {
    const list = { Resource: 'arn:aws:s3:::exports', Condition: { StringLike: { 's3:prefix': 'orders/*' } } }
    const get = { Resource: 'arn:aws:s3:::exports/orders/*' }
    expect(allowed(policies.s3Read('exports', 'orders/', { versions: true }))).toEqual({
      's3:ListBucket': list,
      's3:ListBucketVersions': list,
      's3:GetObject': get,
      's3:GetObjectVersion': get,
    })
  })

  it('names the bucket of another partition', () => {
    const policy = policies.s3Read('exports', 'orders/', { partition: 'aws-cn' })
    expect(allowed(policy)['s3:ListBucket']?.Resource).toBe('arn:aws-cn:s3:::exports')
  })

  it('refuses a prefix without its slash: it would take in orders-private/ too', () => {
    expect(() => policies.s3Read('exports', 'orders')).toThrow('policies.s3Read: prefix must end with a slash')
  })

  it('refuses the ARN of a bucket for its name', () => {
    expect(() => policies.s3Read('arn:aws:s3:::exports', '')).toThrow(
      'bucket must be the name of a bucket, not its ARN',
    )
  })
})

describe('policies.kafkaRead', () => {
  const topic = `${clusterArn.replace(':cluster/', ':topic/')}/orders`
  const group = `${clusterArn.replace(':cluster/', ':group/')}/causeway`

  it('allows to read one topic in one group: not to write, create, or read other topics', () => {
    expect(allowed(policies.kafkaRead(clusterArn, 'orders', 'causeway'))).toEqual({
      'kafka-cluster:Connect': { Resource: clusterArn },
      'kafka-cluster:DescribeTopic': { Resource: topic },
      'kafka-cluster:ReadData': { Resource: topic },
      'kafka-cluster:DescribeGroup': { Resource: group },
      'kafka-cluster:AlterGroup': { Resource: group },
    })
  })

  it('allows to look up the brokers only when asked', () => {
    const policy = policies.kafkaRead(clusterArn, 'orders', 'causeway', { bootstrapBrokers: true })
    // The action knows no resource:
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmanagedstreamingforapachekafka.html
    expect(allowed(policy)['kafka:GetBootstrapBrokers']).toEqual({ Resource: '*' })
  })
})

describe('policies.iotPublish', () => {
  it('allows to publish to one topic: not to subscribe, receive, retain or connect', () => {
    expect(allowed(policies.iotPublish(topicArn))).toEqual({ 'iot:Publish': { Resource: topicArn } })
  })

  it('allows to connect as one client', () => {
    expect(allowed(policies.iotPublish(topicArn, { clientId: 'producer-1' }))['iot:Connect']).toEqual({
      Resource: `arn:aws:iot:eu-west-1:${accountId}:client/producer-1`,
    })
  })

  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable of IAM
  it.each(['$aws/things/x/shadow/update', 'orders/+', 'orders/#', 'orders/${iot:ClientId}'])(
    'refuses the topic %s',
    (topic) => {
      expect(() => policies.iotPublish(`arn:aws:iot:eu-west-1:${accountId}:topic/${topic}`)).toThrow(InvalidOptions)
    },
  )
})

describe('policies.tableRows', () => {
  const rows = { tableArn, partitionKeys: ['partner-1', 'partner-2'] }
  const ofThoseRows = {
    Resource: tableArn,
    Condition: {
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['partner-1', 'partner-2'] },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    },
  }
  const read = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query', 'dynamodb:ConditionCheckItem']
  const write = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem']

  it.each([
    ['read', read],
    ['write', [...read, ...write]],
  ] as const)('allows to %s rows that name their keys: not to scan, use PartiQL or indexes', (access, actions) => {
    expect(allowed(policies.tableRows({ ...rows, access }))).toEqual(
      Object.fromEntries(actions.map((action) => [action, ofThoseRows])),
    )
  })

  it('refuses no keys at all', () => {
    expect(() => policies.tableRows({ tableArn, partitionKeys: [], access: 'read' })).toThrow(
      'policies.tableRows: partitionKeys must name at least one partition key.',
    )
  })
})

describe('every policy, for any input', () => {
  const word = (alphabet: string, max: number) =>
    fc.string({ unit: fc.constantFrom(...alphabet), minLength: 3, maxLength: max })
  const letters = 'abcxyz'
  const name = word(`${letters}ABC019-_`, 40)
  const account = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 12, maxLength: 12 })
  const region = fc.constantFrom('eu-west-1', 'us-east-1', 'ap-southeast-2')
  const place = fc.tuple(fc.constantFrom('aws', 'aws-us-gov', 'aws-cn'), region, account)
  const arn = (service: string, resource: fc.Arbitrary<string>) =>
    fc
      .tuple(place, resource)
      .map(([[partition, region, account], r]) => `arn:${partition}:${service}:${region}:${account}:${r}`)

  const inputs = place.chain(([partition, region, account]) => {
    const here = (service: string, resource: fc.Arbitrary<string>) =>
      resource.map((r) => `arn:${partition}:${service}:${region}:${account}:${r}`)
    return fc.record({
      role: fc.tuple(name, name).map(([path, role]) => `arn:${partition}:iam::${account}:role/${path}/${role}`),
      queueArn: here(
        'sqs',
        fc.tuple(name, fc.constantFrom('', '.fifo')).map((parts) => parts.join('')),
      ),
      keyArn: here(
        'kms',
        fc.uuid().map((id) => `key/${id}`),
      ),
      stream: here(
        'kinesis',
        name.map((n) => `stream/${n}`),
      ),
      cluster: here(
        'kafka',
        fc.tuple(name, fc.uuid()).map(([n, id]) => `cluster/${n}/${id}-2`),
      ),
      topic: here(
        'iot',
        fc.tuple(name, name).map(([a, b]) => `topic/${a}/${b}`),
      ),
      tableArn: here(
        'dynamodb',
        name.map((n) => `table/${n}`),
      ),
      bucket: word(letters, 40),
      prefix: fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.map((part) => `${part}/`).join('')),
      name,
      partitionKeys: fc.array(name, { minLength: 1, maxLength: 5 }),
    })
  })
  type Inputs = typeof inputs extends fc.Arbitrary<infer I> ? I : never

  const builders: Record<string, (i: Inputs) => PolicyDocument> = {
    assumeRole: ({ role }) => policies.assumeRole(role, { sessionTags: true, sourceIdentity: true }),
    edgeSend: ({ queueArn, keyArn }) => policies.edgeSend({ queueArn, keyArn }),
    edgeReceive: ({ queueArn, keyArn }) => policies.edgeReceive({ queueArn, keyArn }),
    iotPublish: ({ topic, name }) => policies.iotPublish(topic, { clientId: name }),
    kafkaRead: ({ cluster, name }) => policies.kafkaRead(cluster, name, name, { bootstrapBrokers: true }),
    kinesisRead: ({ stream, keyArn }) => policies.kinesisRead(stream, { keyArn }),
    largeBodiesSend: ({ bucket, prefix, keyArn }) => policies.largeBodies({ bucket, prefix, keyArn, access: 'send' }),
    largeBodiesReceive: ({ bucket, prefix, keyArn }) =>
      policies.largeBodies({ bucket, prefix, keyArn, access: 'receive' }),
    s3Read: ({ bucket, prefix, keyArn }) => policies.s3Read(bucket, prefix, { keyArn }),
    tableRows: ({ tableArn, partitionKeys }) => policies.tableRows({ tableArn, partitionKeys, access: 'write' }),
  }

  it.each(Object.entries(builders))('%s allows whole actions on named resources only', (_, build) => {
    fc.assert(
      fc.property(inputs, (input) => {
        for (const [action, { Resource, Condition }] of Object.entries(allowed(build(input)))) {
          expect(action).toMatch(/^[a-z0-9-]+:[A-Za-z]+$/)
          for (const resource of [Resource].flat()) {
            if (action === 'kafka:GetBootstrapBrokers') continue
            expect(resource).toMatch(/^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12})?:[^*?]+(?:\/\*)?$/)
            if (resource.endsWith('*')) expect(resource).toMatch(/^arn:aws[a-z-]*:s3:::[^/*]+\/(?:[^*]+\/)?\*$/)
          }
          if (action.startsWith('kms:')) expect(Condition).toHaveProperty(['StringEquals', 'kms:ViaService'])
        }
      }),
    )
  })

  it('has its builder in this test', () => {
    expect(new Set(Object.keys(builders).map((builder) => builder.replace(/(?<=largeBodies)\w+/, '')))).toEqual(
      new Set(Object.keys(policies)),
    )
  })

  it.each(Object.entries(builders))('%s refuses a wildcard or a variable wherever it is put', (_, build) => {
    fc.assert(
      fc.property(
        inputs,
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable of IAM
        fc.constantFrom('*', '?', '${aws:username}'),
        fc.nat(),
        fc.nat(),
        (input, wildcard, which, where) => {
          const used = new Set<string>()
          const spied = new Proxy(input, {
            get(target, key: string) {
              used.add(key)
              return target[key as keyof Inputs]
            },
          })
          build(spied)
          const keys = [...used]
          const key = keys[which % keys.length] as keyof Inputs
          const insert = (text: string) => {
            const at = where % (text.length + 1)
            return text.slice(0, at) + wildcard + text.slice(at)
          }
          const value = input[key]
          const spoiled = { ...input, [key]: typeof value === 'string' ? insert(value) : value.map(insert) }
          expect(() => build(spoiled)).toThrow(InvalidOptions)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('refuses ARNs of other services', () => {
    fc.assert(
      fc.property(arn('s3', name), (other) => {
        expect(() => policies.edgeSend({ queueArn: other, keyArn })).toThrow(InvalidOptions)
        expect(() => policies.edgeSend({ queueArn, keyArn: other })).toThrow(InvalidOptions)
        expect(() => policies.kinesisRead(other)).toThrow(InvalidOptions)
        expect(() => policies.assumeRole(other)).toThrow(InvalidOptions)
      }),
    )
  })

  it('refuses an option that it does not know', () => {
    expect(() => policies.edgeSend({ queueArn, keyArn, purge: true } as never)).toThrow(
      'policies.edgeSend: purge is not an option.',
    )
  })
})
