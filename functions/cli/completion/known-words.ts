import { readFileSync } from 'node:fs';
import { STATUS_CATEGORIES, TASK_STATUSES } from '../../../shared/task-log/status.ts';
import type { KnownWords } from './complete.ts';

/** Words for options and arguments of these names. A Tab must not wait for a network. */
export const knownWords =
  (configPath: string): KnownWords =>
  async (name) => {
    switch (name) {
      case 'queue':
      case 'queues':
        return queuesIn(configPath);
      case 'weights':
        return queuesIn(configPath).map((queue) => `${queue}=`);
      case 'name':
      case 'task':
      case 'whitelist':
        return (await import('#tasks/contracts')).contracts.map((one) => one.name);
      case 'status':
      case 'statuses':
        return TASK_STATUSES;
      case 'category':
        return STATUS_CATEGORIES;
      default:
        return [];
    }
  };

/** Without checking it, which would take longer than all the rest. */
function queuesIn(configPath: string): string[] {
  try {
    const { queues } = JSON.parse(readFileSync(configPath, 'utf8')) as {
      queues: readonly { readonly name: string }[];
    };
    return queues.map(({ name }) => name);
  } catch {
    return [];
  }
}
