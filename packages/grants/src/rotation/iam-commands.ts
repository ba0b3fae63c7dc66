// Loaded with the first access key. Nothing of ours may be in here, or a bundle would hold it twice.
export {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  IAMClient,
  ListAccessKeysCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam'
export { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
