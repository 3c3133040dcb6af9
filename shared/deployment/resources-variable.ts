/** The variable with the addresses of queues and table. CDK sets it, or the local stack. */
export const RESOURCES_VARIABLE = 'TASK_QUEUE_RESOURCES';
