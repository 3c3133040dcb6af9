import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  readLocalDeployment,
  removeLocalDeployment,
  writeLocalDeployment,
} from '../../functions/local-deployment.ts';

const aDirectory = (): string => mkdtempSync(join(tmpdir(), 'task-queue-local-'));

const aDeployment = (pid?: number) => ({
  ...(pid !== undefined && { pid }),
  apiUrl: 'http://127.0.0.1:4280',
  configPath: '/somewhere/task-queue.config.json',
  env: { AWS_REGION: 'us-east-1', AWS_PROFILE: '' },
});

/** The id of a process that has ended. */
const aDeadPid = (): number => spawnSync(process.execPath, ['--version']).pid;

test('what runs here is found from here and from every directory below', () => {
  const directory = aDirectory();
  const below = join(directory, 'docs', 'adr');
  mkdirSync(below, { recursive: true });

  writeLocalDeployment(aDeployment(process.pid), directory);

  expect(readLocalDeployment(directory)).toEqual(aDeployment(process.pid));
  expect(readLocalDeployment(below)).toEqual(aDeployment(process.pid));
});

test('only its owner may read it: it may hold the password of a database', () => {
  const directory = aDirectory();

  writeLocalDeployment(aDeployment(), directory);

  expect(statSync(join(directory, '.task-queue/local.json')).mode & 0o777).toBe(0o600);
});

test('one that nobody here keeps running is found too', () => {
  const directory = aDirectory();

  writeLocalDeployment(aDeployment(), directory);

  expect(readLocalDeployment(directory)).toEqual(aDeployment());
});

test('files of a killed process are ignored', () => {
  const directory = aDirectory();

  writeLocalDeployment(aDeployment(aDeadPid()), directory);

  expect(readLocalDeployment(directory)).toBeUndefined();
});

test('a file that was cut off while it was written is nothing', () => {
  const directory = aDirectory();
  mkdirSync(join(directory, '.task-queue'));
  writeFileSync(join(directory, '.task-queue', 'local.json'), '{"pid": 12,');

  expect(readLocalDeployment(directory)).toBeUndefined();
});

test('the one that started last is found, and the one before leaves it alone when it ends', () => {
  const directory = aDirectory();
  const first = process.ppid;
  writeLocalDeployment(aDeployment(first), directory);
  writeLocalDeployment(aDeployment(process.pid), directory);

  removeLocalDeployment(first, directory);

  expect(readLocalDeployment(directory)).toEqual(aDeployment(process.pid));
  removeLocalDeployment(process.pid, directory);
  expect(readLocalDeployment(directory)).toBeUndefined();
  expect(existsSync(join(directory, '.task-queue', 'local.json'))).toBe(false);
  removeLocalDeployment(process.pid, directory);
});
