/**
 * Limits of AWS that several files go by, each with the page that states it. Queues on PostgreSQL and
 * in memory keep to those of SQS too, so that a queue can move from one broker to another.
 *
 * SQS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */

export const DAY_SECONDS = 86_400;

/** SQS: the longest delay of a message. 15 minutes. */
export const MAX_DELAY_SECONDS = 900;

/** SQS: the longest visibility timeout, counted from the receipt. 12 hours. */
export const MAX_LEASE_SECONDS = 43_200;

/** SQS: the longest time that a queue keeps a message. A queue may be unused over a holiday. */
export const RETENTION_DAYS = 14;
export const RETENTION_SECONDS = RETENTION_DAYS * DAY_SECONDS;

/**
 * SQS: most deliveries before a message moves to the dead letters. Only a backstop against a message
 * that kills every worker: the task log counts attempts, because returned messages burn deliveries.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
 */
export const MAX_RECEIVE_COUNT = 1000;

/**
 * SQS: most messages of one request, and most bytes of all its messages. 1 MiB.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
 */
export const SQS_BATCH = { entries: 10, bytes: 1_048_576 };

/**
 * Most bytes of a task as a message. A larger task travels without its parameters. SQS accepts
 * 1 MiB, but the task log keeps the parameters in one DynamoDB item of at most 400 KB.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
export const MAX_MESSAGE_BYTES = 256 * 1024;

/**
 * Most bytes of parameters, as JSON in a JSON string, and of a request to the API. Lambda accepts an
 * event of 6 MB, which includes more than the body.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const MAX_PARAMETERS_BYTES = 5 * 1024 * 1024;

/**
 * Timeout of the functions that can wait for the end of a task: an HTTP API gives up after 30 s, and
 * a function that hangs ends before.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 */
export const WAITING_TIMEOUT_SECONDS = 30 - 1;

/** The longest that a caller may ask to wait. The rest is for a slow read before and after. */
export const MAX_WAIT_SECONDS = WAITING_TIMEOUT_SECONDS - 4;

/**
 * Fargate: the longest time from SIGTERM to SIGKILL.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#container_definition_timeout
 */
export const STOP_TIMEOUT_SECONDS = 120;

/** The longest that running tasks get after SIGTERM. The rest is for storing and returning them. */
export const MAX_GRACE_SECONDS = STOP_TIMEOUT_SECONDS - 10;
