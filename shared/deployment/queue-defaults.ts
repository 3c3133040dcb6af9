/** What SQS queues get that the configuration does not choose, on AWS and on servers of one's own. */
export const QUEUE_DEFAULTS = {
  /**
   * The longest there is: a queue may stand still over a holiday without losing a task.
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
   */
  retentionSeconds: 14 * 86_400,
  /**
   * Only a backstop against a message that kills every worker, and the most SQS allows. Attempts are
   * counted in the task log, because handing back prefetched messages burns receive counts.
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
   */
  maxReceiveCount: 1000,
} as const;
