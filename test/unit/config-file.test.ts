import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configChanges } from '../../shared/config/config-edits.ts';
import {
  DEFAULT_CONFIG,
  formatConfig,
  loadConfig,
  readConfigFile,
  writeConfigFile,
} from '../../shared/config/config-file.ts';

const repositoryConfig = readFileSync('task-queue.config.json', 'utf8');

test('a configuration written as this repository writes its own keeps every line', () => {
  expect(formatConfig(JSON.parse(repositoryConfig), repositoryConfig)).toBe(repositoryConfig);
});

test('a configuration with a line for each value keeps them', () => {
  const text = `${JSON.stringify(DEFAULT_CONFIG, null, 2)}\n`;

  expect(formatConfig(JSON.parse(text), text)).toBe(text);
});

test('what is too long for a line is spread', () => {
  const allowOrigins = Array.from({ length: 5 }, (_, index) => `https://app-${index}.example.com`);

  const text = formatConfig({ queues: [], api: { cors: { allowOrigins } } });

  expect(JSON.parse(text)).toEqual({ queues: [], api: { cors: { allowOrigins } } });
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
});

test('the default configuration is valid, and read back as it was written', () => {
  const directory = mkdtempSync(join(tmpdir(), 'task-queue-config-'));
  const path = join(directory, 'config.json');

  writeConfigFile(path, DEFAULT_CONFIG);

  expect(readConfigFile(path)?.input).toEqual(DEFAULT_CONFIG);
  expect(readdirSync(directory)).toEqual(['config.json']);
});

test('a file that cannot be replaced stays as it was, with nothing beside it', () => {
  const directory = mkdtempSync(join(tmpdir(), 'task-queue-config-'));
  writeFileSync(join(directory, 'config.json'), 'before');

  expect(() => writeConfigFile(join(directory, 'config.json', 'below'), DEFAULT_CONFIG)).toThrow(
    'below cannot be written',
  );
  expect(readdirSync(directory)).toEqual(['config.json']);
});

test('a link stays a link, and a file keeps its permissions', () => {
  const directory = mkdtempSync(join(tmpdir(), 'task-queue-config-'));
  const [path, link] = [join(directory, 'config.json'), join(directory, 'link.json')];
  writeFileSync(path, '{}', { mode: 0o600 });
  symlinkSync(path, link);

  writeConfigFile(link, DEFAULT_CONFIG, '{}');

  expect(readConfigFile(path)?.input).toEqual(DEFAULT_CONFIG);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('what somebody else has written meanwhile is not undone', () => {
  const directory = mkdtempSync(join(tmpdir(), 'task-queue-config-'));
  const path = join(directory, 'config.json');
  writeConfigFile(path, DEFAULT_CONFIG);
  const before = readFileSync(path, 'utf8');
  writeConfigFile(path, { ...DEFAULT_CONFIG, strategy: 'strict-priority' }, before);

  expect(() => writeConfigFile(path, DEFAULT_CONFIG, before)).toThrow('try again');
  expect(() => writeConfigFile(path, DEFAULT_CONFIG)).toThrow('try again');

  expect(readConfigFile(path)?.config.strategy).toBe('strict-priority');
  expect(readdirSync(directory)).toEqual(['config.json']);
});

test('there may be no configuration yet; one that is no JSON is refused', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'task-queue-config-')), 'config.json');
  expect(readConfigFile(path)).toBeUndefined();

  writeFileSync(path, '{');

  expect(() => readConfigFile(path)).toThrow('is not JSON');
});

test('a key that is there twice is refused: one of them would have no effect', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'task-queue-config-')), 'config.json');
  writeFileSync(path, '{ "queues": [{ "name": "a", "weight": 1, "weight": 9 }], "queues": [] }');

  expect(() => loadConfig(path)).toThrow(
    /queues\[0\].weight.+is there twice[\s\S]+queues.+is there twice/,
  );
});

test('a byte order mark is no error, and what is not UTF-8 is one', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'task-queue-config-')), 'config.json');
  writeFileSync(path, `\uFEFF${formatConfig(DEFAULT_CONFIG)}`);

  const read = readConfigFile(path);
  expect(read?.input).toEqual(DEFAULT_CONFIG);
  writeConfigFile(path, DEFAULT_CONFIG, read?.text);
  expect(loadConfig(path).defaultQueue).toBe('background');

  writeFileSync(path, Buffer.from('{ "defaultQueue": "\xff" }', 'latin1'));
  expect(() => loadConfig(path)).toThrow('is not UTF-8');
});

test('changes name queues by their names, whatever their place', () => {
  const [first, second] = [
    { name: 'a', weight: 1, broker: { type: 'sqs', receive: 10 } },
    { name: 'b', weight: 2, broker: { type: 'sqs', receive: 10 } },
  ];

  const changes = configChanges(
    { strategy: 'weighted', queues: [first, second], taskQueues: { x: 'a' } },
    { strategy: 'weighted', queues: [{ ...second, broker: { type: 'memory' } }], taskQueues: {} },
  );

  expect(changes).toEqual([
    { setting: 'queues.a.weight', from: 1, to: undefined },
    { setting: 'queues.a.broker.type', from: 'sqs', to: undefined },
    { setting: 'queues.a.broker.receive', from: 10, to: undefined },
    { setting: 'queues.b.broker.type', from: 'sqs', to: 'memory' },
    { setting: 'queues.b.broker.receive', from: 10, to: undefined },
    { setting: 'taskQueues.x', from: 'a', to: undefined },
  ]);
});
