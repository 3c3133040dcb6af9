import { removeLocalDeployment, writeLocalDeployment } from '../local-deployment.ts';
import { CONFIG, linesForPeople, startLocalStack } from './local-stack.ts';

import { optionsOf, runScript, unlessAsked, untilAskedToEnd } from './script.ts';

const DEFAULT_PORT = 4280;

const USAGE = `Starts the whole task queue on this machine and keeps it running.

  npm start                            the API on http://127.0.0.1:${DEFAULT_PORT}, one worker
  PORT=8080 npm start                  on another port
  WORKERS=3 npm start                  with three workers
  npm start -- --config queues.json    with another configuration than task-queue.config.json
  npm start -- --json                  with the log of every process as JSON, one object per line
  npm start -- --help                  this text

A queue on PostgreSQL gets a PostgreSQL server from npm, or the one at DATABASE_URL.

The log goes to standard error: on a terminal one short line for each task that has ended, elsewhere
JSON. Ctrl-C stops everything.`;

async function main(): Promise<number> {
  const options = optionsOf(USAGE, { config: { type: 'string' }, json: { type: 'boolean' } });
  const askedToEnd = untilAskedToEnd();
  const asJson = options.json || !process.stderr.isTTY;
  const starting = startLocalStack({
    port: wholeNumber('PORT', DEFAULT_PORT, 0, 65_535),
    workers: wholeNumber('WORKERS', 1, 1, 16),
    configPath: options.config,
    onLine: asJson ? (process, line) => log(`${process} | ${line}`) : linesForPeople(log),
  });
  const stack = await unlessAsked(askedToEnd, starting);
  writeLocalDeployment({
    pid: process.pid,
    apiUrl: stack.apiUrl,
    configPath: options.config ?? CONFIG,
    env: stack.env,
  });
  say(`ready ${stack.apiUrl}`);
  say(`\nTry:\n  curl ${stack.apiUrl}/queues\n  curl ${stack.apiUrl}/tasks -d '${EXAMPLE}'`);
  say('  npx task-queue queues\n');

  const why = await Promise.race([askedToEnd.then(() => undefined), stack.unexpectedEnd]);
  if (why !== undefined) log(`${why}: stopping everything.`);
  removeLocalDeployment(process.pid);
  await stack.stop();
  return why === undefined ? 0 : 1;
}

const EXAMPLE = JSON.stringify({
  name: 'compute-statistics',
  parameters: { values: [1, 2, 3, 10] },
});

/** @throws one sentence when the variable is not a whole number in the range */
function wholeNumber(variable: string, byDefault: number, min: number, max: number): number {
  const value = Number(process.env[variable] ?? byDefault);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`${variable} must be a whole number from ${min} to ${max}.`);
}

const say = (text: string): boolean => process.stdout.write(`${text}\n`);
const log = (text: string): boolean => process.stderr.write(`${text}\n`);

runScript(main);
