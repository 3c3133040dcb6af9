/** The variable that tells a process where its queues and its table are. Set by CDK, or locally. */
export const RESOURCES_VARIABLE = 'TASK_QUEUE_RESOURCES';
