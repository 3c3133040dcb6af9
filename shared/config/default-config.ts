import type { ConfigInput } from './config-file.ts';

/** What a new configuration begins with. */
export const DEFAULT_CONFIG: ConfigInput = {
  queues: [
    { name: 'priority', weight: 90, broker: { type: 'sqs', receive: 10 } },
    { name: 'standard', weight: 30, broker: { type: 'sqs', receive: 10 } },
    { name: 'background', weight: 10, broker: { type: 'sqs', receive: 10 } },
  ],
  defaultQueue: 'background',
  taskQueues: {},
  strategy: 'weighted',
};
