import {
  GetItemCommand,
  paginateQuery,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import type { StoreSdk } from './store.ts'

/** What a store uses of the SDK, for functions, which load it with all the rest of them. */
export const loadedSdk = async (): Promise<StoreSdk> => ({
  GetItemCommand,
  paginateQuery,
  TransactionCanceledException,
  TransactWriteItemsCommand,
})
