import { describe } from 'vitest';
import { keepAllOnPostgres } from '../support/a-config.ts';
import { repeatTestsOf } from '../support/repeat-tests.ts';

keepAllOnPostgres();

describe.each(['bulk', 'dlq', 'enqueue', 'run'])(
  'with queues and task log on PostgreSQL: %s',
  async (suite) => {
    await repeatTestsOf(`./cli-${suite}.test.ts`, import.meta.url);
  },
);
