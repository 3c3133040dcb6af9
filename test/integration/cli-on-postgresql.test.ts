import { describe } from 'vitest';
import { keepAllOnPostgres } from '../support/a-config.ts';

keepAllOnPostgres();

describe.each(['log', 'queues', 'stuck', 'tasks'])(
  'with queues and task log on PostgreSQL: %s',
  async (suite) => {
    // Its tests register themselves here.
    await import(`./cli-${suite}.test.ts`);
  },
);
