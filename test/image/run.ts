import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CONFIG } from '../../functions/dev/local-stack.ts';
import { emulatorEnvironment, startEmulators } from '../../functions/dev/servers/emulators.ts';
import { emulatorClients } from '../../functions/dev/servers/local-servers.ts';
import { ProcessGroup } from '../../functions/dev/servers/process-group.ts';
import { createLocalResources } from '../../functions/wiring/local-resources.ts';
import { pause } from '../../shared/clock.ts';
import { loadConfig } from '../../shared/config/config-file.ts';
import { tableOf } from '../../shared/deployment/resources.ts';
import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { dynamodbTaskLog } from '../../shared/dynamodb/task-log/task-log.ts';
import { encodeTask } from '../../shared/task/message.ts';
import { aTask } from '../support/a-task.ts';
import { buildImage, ofThisMachine } from './build-image.ts';
import { parseDockerfile } from './dockerfile.ts';
import { synthesizeWorker } from './synthesized-worker.ts';

/*
 * Builds the worker's image without Docker, and runs it as ECS would, on emulators. Not covered: the
 * base image (this machine's Node and npm stand in for its own), ARM, cgroups, and a file system that
 * is read-only by its mount (here its folders are, for a user that is not root).
 */

const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const fail = (message: string): never => {
  throw new Error(message);
};
const must = (isTrue: boolean, promise: string): void => {
  if (!isTrue) fail(`Broken: ${promise}`);
  say(`✓ ${promise}`);
};

/** The user `node` of the base image. Only root may become somebody else. */
const NODE_USER = process.getuid?.() === 0 ? { uid: 1000, gid: 1000 } : undefined;
const GIVE_UP_MS = 30_000;

async function main(scratch: string, processes: ProcessGroup): Promise<void> {
  const endpoints = await startEmulators(processes);
  const clients = emulatorClients(endpoints);
  const config = loadConfig(CONFIG);
  const resources = await createLocalResources(config, clients);

  const cdkOut = mkdtempSync(join(scratch, 'cdk.out-'));
  const {
    container,
    directory,
    dockerBuildArgs = {},
    dockerFile,
  } = synthesizeWorker(resources, cdkOut);
  const text = readFileSync(join(directory, dockerFile), 'utf8');
  const target = mkdtempSync(join(scratch, 'stages-'));
  const dockerfile = parseDockerfile(text, dockerBuildArgs);
  const image = buildImage(dockerfile, { context: directory, target, say });

  const home = join(image.root, image.directory);
  const files = execFileSync('find', [image.root, '-type', 'f'], { encoding: 'utf8' }).trim();
  const ours = readdirSync(home);
  must(
    files.split('\n').length === ours.length &&
      ours.includes('main.mjs') &&
      ours.every((file) => /^(main|[\w-]+-[A-Z0-9]{8})\.mjs(\.map)?$/.test(file)),
    'the image has the bundle, its chunks and their maps, and no package',
  );
  must(image.user === container.User && image.user === 'node', 'it runs as the user node');

  must(container.ReadonlyRootFilesystem, 'its file system is read-only');
  execFileSync('chmod', ['-R', 'a-w,a+rX', image.root]);
  chmodSync(scratch, 0o755);
  chmodSync(target, 0o755);
  const intrusion = spawnSync('touch', [join(home, 'x')], NODE_USER);
  must(intrusion.status !== 0, 'the user can write nothing there');

  const [command = '', ...args] = image.entrypoint;
  const environment = {
    ...ofThisMachine(),
    ...Object.fromEntries(image.environment),
    ...Object.fromEntries(container.Environment.map(({ Name, Value }) => [Name, Value])),
    ...emulatorEnvironment(endpoints),
    HOME: '/home/node',
  };
  const lines: string[] = [];
  const worker = await processes.start({
    name: 'the worker',
    command,
    args,
    cwd: home,
    env: environment,
    runAs: NODE_USER,
    ready: /"worker ready"/,
    onLine: (line) => void lines.push(line),
  });
  say('✓ it starts');

  const log = dynamodbTaskLog(
    new DynamodbTable(DynamoDBDocumentClient.from(clients.dynamodb), tableOf(resources)),
    { retentionDays: 30 },
  );
  const task = aTask({ name: 'compute-statistics', parameters: { values: [1, 2, 3] } });
  const QueueUrl = resources.queues['standard']?.url;
  await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: encodeTask(task) }));
  const deadline = Date.now() + GIVE_UP_MS;
  let status: string | undefined;
  while (status !== 'completed' && Date.now() < deadline) {
    await pause(100);
    status = (await log.getSummary(task.id))?.status;
  }
  must(status === 'completed', 'it runs a task from SQS and records its end');

  const [, health = '', ...check] = container.HealthCheck.Command;
  must(spawnSync(health, check, NODE_USER).status === 0, 'its health check passes');

  const toldAt = Date.now();
  process.kill(worker.pid, 'SIGTERM');
  const { code, signal } = await worker.exited;
  must(code === 0 && signal === null, 'SIGTERM ends it with 0');
  const seconds = Math.ceil((Date.now() - toldAt) / 1000);
  must(seconds < container.StopTimeout, `within ${container.StopTimeout} s, namely ${seconds}`);
  must(
    lines.some((line) => line.includes('"_aws"')),
    'it has written metrics',
  );
}

const scratch = mkdtempSync(join(tmpdir(), 'task-queue-image-'));
const processes = new ProcessGroup();
try {
  await main(scratch, processes);
} finally {
  await processes.stopAll();
  rmSync(scratch, { recursive: true, force: true });
}
process.exit(0);
