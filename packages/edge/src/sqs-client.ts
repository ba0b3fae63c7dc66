import type { SQSClient } from '@aws-sdk/client-sqs'
import * as v from 'valibot'

/** The schema of an SQS client, by what is asked of it: one of another copy of the SDK does as well. */
export const sqsClientSchema: v.GenericSchema<SQSClient> = v.custom<SQSClient>(
  (client) => typeof (client as SQSClient)?.send === 'function',
  'must be an SQS client',
)
