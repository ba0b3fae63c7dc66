// Loaded with the first message. Nothing of ours may be in here, or a bundle would hold it twice.
export { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
