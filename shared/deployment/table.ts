/** The key schema of the task log's DynamoDB table, shared by the construct and the local stack. */
export const TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  // The indexes are sparse: a task is in one while it carries the attribute. They hold keys only, so
  // that they are written once, not with every change of the task.
  /** Owned tasks. */
  ownerIndex: { name: 'byOwner', partitionKey: 'owner' },
  /** Child tasks. */
  parentIndex: { name: 'byParent', partitionKey: 'parentId' },
  /** Tasks that failed and are not archived, in as many partitions as the tasks themselves. */
  failureIndex: { name: 'byFailure', partitionKey: 'failedIn' },
  /** Seconds since 1970, after which DynamoDB removes the item. */
  timeToLive: 'expiresAt',
} as const;

export const TABLE_INDEXES = [TABLE.ownerIndex, TABLE.parentIndex, TABLE.failureIndex];
