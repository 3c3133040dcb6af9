import { describe } from 'vitest';
import { keepAllOnPostgres } from '../support/a-config.ts';
import { repeatTestsOf } from '../support/repeat-tests.ts';

keepAllOnPostgres();

describe.each(['log', 'queues', 'stuck', 'tasks'])(
  'with queues and task log on PostgreSQL: %s',
  async (suite) => {
    await repeatTestsOf(`./cli-${suite}.test.ts`, import.meta.url);
  },
);
