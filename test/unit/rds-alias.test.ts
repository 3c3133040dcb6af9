import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { edited, initProblems } from '../../functions/cli/configuration/init-options.ts';
import { type ConfigInput, parseConfig } from '../../shared/config/config.ts';
import { readConfigFile, writeConfigFile } from '../../shared/config/config-file.ts';

/** As somebody writes it who comes from TAO. */
const WRITTEN = {
  queues: [{ name: 'main', weight: 1, broker: { type: 'rds', persistence: 'default' } }],
  taskLog: { type: 'rds', persistence: 'default', retentionDays: 9 },
} satisfies ConfigInput;

describe('rds means postgres', () => {
  test('as the broker of a queue, and as the task log', () => {
    const { queues, taskLog } = parseConfig(WRITTEN, 'of a test');

    expect(queues[0]?.broker).toEqual({ type: 'postgres', persistence: 'default', receive: 500 });
    expect(taskLog).toEqual({ type: 'postgres', persistence: 'default', retentionDays: 9 });
  });

  test('for editors, by the JSON schema', () => {
    const schema = JSON.parse(readFileSync('shared/config/task-queue.schema.json', 'utf8'));
    const check = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    const withBroker = (type: string) => ({
      queues: [{ name: 'main', weight: 1, broker: { type, persistence: 'default' } }],
    });

    expect(check(WRITTEN)).toBe(true);
    expect(['postgres', 'rds', 'kafka'].map((type) => check(withBroker(type)))).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('as an option of init, which writes postgres', () => {
    const input: ConfigInput = {
      queues: [{ name: 'main', weight: 1, broker: { type: 'sqs', receive: 2 } }],
    };
    const options = { broker: 'rds', log: 'rds', persistence: 'default' };

    expect(initProblems(options)).toEqual([]);
    expect(edited(input, options)).toEqual({
      queues: [
        {
          name: 'main',
          weight: 1,
          broker: { type: 'postgres', persistence: 'default' },
        },
      ],
      taskLog: { type: 'postgres', persistence: 'default' },
    });
  });
});

test('rds stays in a file whose other settings are edited', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'task-queue-config-')), 'config.json');
  writeConfigFile(path, WRITTEN);
  const file = readConfigFile(path);

  writeConfigFile(path, edited(file?.input ?? WRITTEN, { receive: 7 }), file?.text);

  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
    ...WRITTEN,
    queues: [{ ...WRITTEN.queues[0], broker: { ...WRITTEN.queues[0]?.broker, receive: 7 } }],
  });
});

test('a log on rds that is put on postgres keeps its retention', () => {
  const { taskLog } = edited(WRITTEN, { log: 'postgres', persistence: 'default' });

  expect(taskLog).toEqual({ type: 'postgres', persistence: 'default', retentionDays: 9 });
});

test.each([
  [{ broker: 'rds' }, 'Persistence id (--persistence=...) needs to be set for rds.'],
  [{ log: 'rds' }, 'Persistence id (--persistence=...) needs to be set for --log=rds.'],
  [{ broker: 'kafka' }, 'Valid options: sqs, postgres, memory.'],
  [{ log: 'kafka' }, 'Valid options: dynamodb, postgres.'],
])('%j is refused: %s', (options, problem) => {
  expect(initProblems(options)).toEqual([expect.stringContaining(problem)]);
});
