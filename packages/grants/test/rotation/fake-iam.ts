import type { AccessKeyMetadata, IAMClient } from '@aws-sdk/client-iam'
import type { STSClient } from '@aws-sdk/client-sts'
import type { AccessKeyValue } from '../../src/rotation/access-key.ts'

interface Key {
  readonly AccessKeyId: string
  readonly SecretAccessKey: string
  Status: 'Active' | 'Inactive'
  lastUsed?: Date
}

export interface FakeIam {
  readonly keys: ReadonlyMap<string, Key>
  /** Makes a key, as an administrator does. */
  make(): AccessKeyValue
  /** Whether requests that are signed with it are let in. */
  works(key: AccessKeyValue): boolean
  readonly iam: Pick<IAMClient, 'send'>
  stsAs(key: AccessKeyValue): Pick<STSClient, 'send'>
}

/** The access keys of one IAM user, with the limit of two that the emulator has not. */
export function fakeIam(
  userName: string,
  { onRequest, account = '111111111111' }: { onRequest?: (name: string) => void; account?: string } = {},
): FakeIam {
  const keys = new Map<string, Key>()
  let numbered = 0
  const make = (): AccessKeyValue => {
    numbered += 1
    const key: Key = {
      AccessKeyId: `AKIAEXAMPLE${`${numbered}`.padStart(9, '0')}`,
      SecretAccessKey: `secret-of-key-${numbered}-${'x'.repeat(24)}`,
      Status: 'Active',
    }
    keys.set(key.AccessKeyId, key)
    return { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey }
  }
  const keyOf = (id: string) => {
    const key = keys.get(id)
    if (key === undefined) throw Object.assign(new Error('no such key'), { name: 'NoSuchEntityException' })
    return key
  }
  const commands: Record<string, (input: { AccessKeyId: string; Status: 'Inactive' }) => unknown> = {
    CreateAccessKeyCommand() {
      if (keys.size >= 2) throw Object.assign(new Error('two keys are the limit'), { name: 'LimitExceededException' })
      const { accessKeyId, secretAccessKey } = make()
      return { AccessKey: { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } }
    },
    ListAccessKeysCommand: () => ({
      AccessKeyMetadata: [...keys.values()].map(
        ({ AccessKeyId, Status }): AccessKeyMetadata => ({ AccessKeyId, Status, UserName: userName }),
      ),
    }),
    DeleteAccessKeyCommand({ AccessKeyId }) {
      keyOf(AccessKeyId)
      keys.delete(AccessKeyId)
      return {}
    },
    UpdateAccessKeyCommand({ AccessKeyId, Status }) {
      keyOf(AccessKeyId).Status = Status
      return {}
    },
    GetAccessKeyLastUsedCommand({ AccessKeyId }) {
      const { lastUsed } = keyOf(AccessKeyId)
      return { AccessKeyLastUsed: lastUsed ? { LastUsedDate: lastUsed, ServiceName: 's3' } : { ServiceName: 'N/A' } }
    },
  }
  type Command = { constructor: { name: string }; input: { AccessKeyId: string; Status: 'Inactive' } }
  return {
    keys,
    make,
    works: ({ accessKeyId, secretAccessKey }: AccessKeyValue) => {
      const key = keys.get(accessKeyId)
      return key?.Status === 'Active' && key.SecretAccessKey === secretAccessKey
    },
    iam: {
      send: (async (command: Command) => {
        const { name } = command.constructor
        onRequest?.(name)
        return commands[name]?.(command.input)
      }) as unknown as IAMClient['send'],
    },
    stsAs: (key) => ({
      send: (async () => {
        onRequest?.('GetCallerIdentityCommand')
        const known = keys.get(key.accessKeyId)
        if (known?.Status !== 'Active') {
          throw Object.assign(new Error('The security token is invalid.'), { name: 'InvalidClientTokenId' })
        }
        if (known.SecretAccessKey !== key.secretAccessKey) {
          throw Object.assign(new Error('The signature does not match.'), { name: 'SignatureDoesNotMatch' })
        }
        return { Arn: `arn:aws:iam::${account}:user/senders/${userName}` }
      }) as unknown as STSClient['send'],
    }),
  }
}
