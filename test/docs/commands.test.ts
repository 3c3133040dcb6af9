import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../shared/config/config.ts';
import { parseDeploymentOptions } from '../../shared/deployment/deployment-options.ts';
import { parse } from '../support/command-tree.ts';
import { blocksIn, placeOf, ROOT } from './blocks.ts';
import { recordCommands } from './record-commands.ts';

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** Programs that need AWS, another machine, or nothing of ours. */
const FOREIGN = ['aws', 'psql', 'grep', 'sed', 'cut', 'wc', 'sleep', 'docker', 'git'];

async function checkTaskQueue(words: readonly string[]): Promise<string | undefined> {
  const { error, reached } = await parse(words);
  return error?.message ?? (reached === undefined ? 'runs no command' : undefined);
}

type Check = (words: readonly string[]) => Promise<string | undefined> | string | undefined;

const NPM_COMMANDS = ['ci', 'deprecate', 'install', 'pack', 'publish', 'start', 'test', 'version'];
const CDK_COMMANDS = ['bootstrap', 'deploy', 'destroy', 'diff', 'synth'];

const checkNpm: Check = ([command = '', script = '']) => {
  if (command === 'run') return script in scripts ? undefined : `package.json has no "${script}"`;
  return NPM_COMMANDS.includes(command) ? undefined : 'unknown to npm';
};

const QUEUES = ['priority', 'background'].map((name) => ({
  name,
  weight: 1,
  broker: { type: 'sqs' },
}));

const checkCdk: Check = (words) => {
  if (!CDK_COMMANDS.includes(words[0] ?? '')) return 'unknown to cdk';
  // An app of its own has options of its own.
  if (words.includes('-a')) return undefined;
  const pairs = words.flatMap((word, index) => (word === '-c' ? [words[index + 1] ?? ''] : []));
  const context = Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/)));
  parseDeploymentOptions(context, parseConfig({ queues: QUEUES }, 'of a test'));
  return undefined;
};

const checkFile: Check = (words) => {
  const file = words.find((word) => word.endsWith('.ts'));
  return file === undefined || existsSync(join(ROOT, file)) ? undefined : `there is no ${file}`;
};

const CHECKS: Readonly<Record<string, Check>> = {
  npx: (words) => fault(words),
  'task-queue': checkTaskQueue,
  npm: checkNpm,
  cdk: checkCdk,
  vitest: checkFile,
  node: ([file = '', ...words]) =>
    file === 'functions/cli/main.ts' ? checkTaskQueue(words) : checkFile([file]),
  // requests.test.ts sends those to the local stack.
  curl: (words) => (words.some((word) => /^https?:/.test(word)) ? undefined : 'no URL'),
  ...Object.fromEntries(FOREIGN.map((program) => [program, () => undefined])),
};

/** @returns what is wrong with a command line */
const fault: Check = ([program = '', ...words]) =>
  CHECKS[program]?.(words) ?? (program in CHECKS ? undefined : 'an unknown program');

describe('every command of the pages exists, and takes the options it is given', () => {
  const blocks = blocksIn('sh');

  test('there are many', () => expect(blocks.length).toBeGreaterThan(50));

  test.each(blocks.map((block) => [placeOf(block), block] as const))(
    '%s',
    async (_place, { text }) => {
      const scratch = mkdtempSync(join(tmpdir(), 'task-queue-docs-'));
      try {
        const commands = recordCommands(text, scratch);
        const faults: string[] = [];
        for (const command of commands) {
          const found = await fault(command);
          if (found !== undefined) faults.push(`${command.join(' ')}: ${found}`);
        }

        expect(faults).toEqual([]);
      } finally {
        rmSync(scratch, { recursive: true });
      }
    },
  );
});
