// Loaded with the first item. Nothing of ours may be in here, or a bundle would hold it twice.
export { PutItemCommand } from '@aws-sdk/client-dynamodb'
export { marshall } from '@aws-sdk/util-dynamodb'
