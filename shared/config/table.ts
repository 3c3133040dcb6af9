/** The key schema of the task log's DynamoDB table, shared by the construct and the local stack. */
export const TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Sparse: only owned tasks carry the attribute. Keys only, so it is written once per task. */
  ownerIndex: { name: 'byOwner', partitionKey: 'owner' },
  /** Seconds since 1970, after which DynamoDB removes the item. */
  timeToLive: 'expiresAt',
} as const;
