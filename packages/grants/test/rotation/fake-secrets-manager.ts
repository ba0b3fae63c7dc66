import { ResourceNotFoundException, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager'

interface Version {
  value: string | undefined
  labels: Set<string>
}

/** Secrets Manager as far as rotation goes, in memory: labels move as AWS's pages say. The sandbox has a whole one. */
export interface FakeSecretsManager {
  readonly client: Pick<SecretsManagerClient, 'send'>
  /** Each request, by the name of its command. */
  readonly requests: string[]
  /** Makes a secret, and answers its ARN. */
  make(name: string, value: string, tags?: Record<string, string>): string
  /** Begins a rotation, as RotateSecret does: an empty version that is AWSPENDING. Answers its id. */
  begin(arn: string): string
  valueOf(arn: string, label: string): string | undefined
  labelsOf(arn: string): Record<string, string[]>
  move(arn: string, label: string, to: string | undefined): void
}

interface Input {
  readonly SecretId: string
  readonly VersionId?: string
  readonly VersionStage?: string
  readonly VersionStages?: readonly string[]
  readonly ClientRequestToken: string
  readonly SecretString: string
  readonly MoveToVersionId?: string
  readonly RemoveFromVersionId?: string
  readonly NextToken?: string
}

export function fakeSecretsManager({ onRequest }: { onRequest?: (name: string) => void } = {}): FakeSecretsManager {
  const secrets = new Map<string, { versions: Map<string, Version>; tags: Record<string, string> }>()
  const requests: string[] = []
  const secretOf = (arn: string) => {
    const secret = secrets.get(arn)
    if (secret === undefined) throw new ResourceNotFoundException({ message: 'no such secret', $metadata: {} })
    return secret
  }
  const holder = (arn: string, label: string) =>
    [...secretOf(arn).versions].find(([, { labels }]) => labels.has(label))?.[0]

  function move(arn: string, label: string, to: string | undefined): void {
    const { versions } = secretOf(arn)
    const from = holder(arn, label)
    if (from === to) return
    if (from !== undefined) versions.get(from)?.labels.delete(label)
    if (to !== undefined) versions.get(to)?.labels.add(label)
    if (label === 'AWSCURRENT') move(arn, 'AWSPREVIOUS', from)
  }

  const described = (arn: string) => {
    const { versions, tags } = secretOf(arn)
    const labelled = [...versions].filter(([, { labels }]) => labels.size > 0)
    return {
      ARN: arn,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      RotationLambdaARN: 'arn:aws:lambda:eu-west-1:111111111111:function:causeway-rotation',
      stages: Object.fromEntries(labelled.map(([id, { labels }]) => [id, [...labels]])),
    }
  }

  const commands: Record<string, (input: Input) => unknown> = {
    DescribeSecretCommand({ SecretId }) {
      const { stages, ...rest } = described(SecretId)
      return { ...rest, VersionIdsToStages: stages }
    },
    ListSecretsCommand({ NextToken = '0' }) {
      const all = [...secrets.keys()]
      const [from, to] = [Number(NextToken), Number(NextToken) + 100]
      const page = all.slice(from, to).map((arn) => {
        const { stages, ...rest } = described(arn)
        return { ...rest, SecretVersionsToStages: stages }
      })
      return { SecretList: page, ...(to < all.length && { NextToken: `${to}` }) }
    },
    GetSecretValueCommand({ SecretId, VersionId, VersionStage = 'AWSCURRENT' }) {
      const { versions } = secretOf(SecretId)
      const value = versions.get(VersionId ?? holder(SecretId, VersionStage) ?? '')?.value
      if (value === undefined) throw new ResourceNotFoundException({ message: 'no such version', $metadata: {} })
      return { SecretString: value }
    },
    PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString, VersionStages = ['AWSCURRENT'] }) {
      const { versions } = secretOf(SecretId)
      const version = versions.get(ClientRequestToken) ?? { value: undefined, labels: new Set() }
      if (version.value !== undefined && version.value !== SecretString) {
        throw Object.assign(new Error('the version exists with another value'), { name: 'ResourceExistsException' })
      }
      version.value = SecretString
      versions.set(ClientRequestToken, version)
      for (const label of VersionStages) move(SecretId, label, ClientRequestToken)
      return {}
    },
    UpdateSecretVersionStageCommand({ SecretId, VersionStage = '', MoveToVersionId, RemoveFromVersionId }) {
      const from = holder(SecretId, VersionStage)
      if (from !== RemoveFromVersionId && from !== MoveToVersionId) {
        const message = `${VersionStage} is on ${from}, not on ${RemoveFromVersionId}`
        throw Object.assign(new Error(message), { name: 'InvalidParameterException' })
      }
      move(SecretId, VersionStage, MoveToVersionId)
      return {}
    },
  }

  return {
    client: {
      send: (async (command: { constructor: { name: string }; input: Input }) => {
        const { name } = command.constructor
        requests.push(name)
        onRequest?.(name)
        const handle = commands[name]
        if (handle === undefined) throw new Error(`The fake has no ${name}.`)
        return handle(command.input)
      }) as SecretsManagerClient['send'],
    },
    requests,
    make(name, value, tags = {}) {
      const arn = `arn:aws:secretsmanager:eu-west-1:111111111111:secret:${name}-AbCdEf`
      const versions = new Map([[crypto.randomUUID(), { value, labels: new Set(['AWSCURRENT']) }]])
      secrets.set(arn, { versions, tags })
      return arn
    },
    begin(arn) {
      const id = crypto.randomUUID()
      secretOf(arn).versions.set(id, { value: undefined, labels: new Set() })
      move(arn, 'AWSPENDING', id)
      return id
    },
    valueOf: (arn, label) => secretOf(arn).versions.get(holder(arn, label) ?? '')?.value,
    labelsOf: (arn) => described(arn).stages,
    move,
  }
}
