import { rmSync } from 'node:fs';
import { type ManagedProcess, ProcessGroup } from '../../functions/dev/servers/process-group.ts';
import { REGION } from './account.ts';
import { type DescribedContainer, type DescribedTask, describeTask } from './deployed.ts';
import { startEcsAgent } from './ecs-agent.ts';
import type { Emulator } from './emulator.ts';
import { buildWorkerImage } from './worker-image.ts';

/** The image's user `node`. */
const NODE_USER = { uid: 1000, gid: 1000 };

export type WorkerTask = {
  readonly definition: DescribedTask;
  /** For people: which user and process it is. */
  readonly id: string;
  readonly user: string;
  readonly process: ManagedProcess;
  /** Its log, line by line. */
  readonly lines: readonly string[];
  /** SIGTERM, as ECS sends it. */
  stop(): Promise<void>;
};

/**
 * Runs the task definition of the deployed service as Fargate would, as far as a process can: its
 * environment and nothing else but what the agent and AWS add, its image's command, its user where we
 * may choose one, and no right to write but where it has a mount.
 */
export async function startWorkerTask(emulator: Emulator, checkout: string): Promise<WorkerTask> {
  const definition = await describeTask(emulator);
  const [container] = definition.containerDefinitions;
  const image = await buildWorkerImage(checkout, container.image);
  const agent = await startEcsAgent(emulator, definition.taskRoleArn);
  const environment = Object.fromEntries(
    container.environment.map(({ name, value }) => [name, value]),
  );
  // Left by a worker of another user it could not be written.
  rmSync(environment['HEARTBEAT_FILE'] ?? '', { force: true });
  const [command = '', ...args] = image.entryPoint;
  const program = command === 'node' ? process.execPath : command;
  const runAs = process.getuid?.() === 0 && container.user === 'node' ? NODE_USER : undefined;
  const lines: string[] = [];
  const processes = new ProcessGroup();
  const worker = await processes.start({
    name: 'the worker',
    command: program,
    args: [...writableOnly(container), ...args],
    cwd: image.directory,
    env: { ...environment, ...agent.env, ...endpointOf(emulator) },
    runAs,
    ready: /"worker ready"/,
    onLine: (line) => lines.push(line),
  });
  return {
    definition,
    id: `worker, process ${worker.pid}`,
    user: runAs ? `user "${container.user}" (${runAs.uid})` : 'the user of this test',
    process: worker,
    lines,
    stop: async () => {
      await processes.stop(worker, 30_000);
      await processes.stopAll();
      agent.stop();
    },
  };
}

/** Variables that AWS would set: a region, and addresses that the SDK knows. */
const endpointOf = ({ env }: Emulator): NodeJS.ProcessEnv => {
  const { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3, NODE_EXTRA_CA_CERTS } = env;
  return { AWS_REGION: REGION, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3, NODE_EXTRA_CA_CERTS };
};

/** Node's own permissions, in place of a read-only file system. */
function writableOnly({ readonlyRootFilesystem, mountPoints }: DescribedContainer): string[] {
  if (!readonlyRootFilesystem) return [];
  const writable = mountPoints.filter(({ readOnly }) => !readOnly);
  return [
    '--permission',
    '--allow-fs-read=*',
    ...writable.map(({ containerPath }) => `--allow-fs-write=${containerPath}`),
  ];
}
