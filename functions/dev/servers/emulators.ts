import { existsSync } from 'node:fs';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { freePort } from './ports.ts';
import type { ProcessGroup } from './process-group.ts';

export type Endpoints = { readonly sqs: string; readonly s3: string; readonly dynamodb: string };

export const SQS_SERVER = fileURLToPath(new URL('sqs-server.ts', import.meta.url));

/** Starts SQS, with S3 in the same process, and DynamoDB as real protocol servers on free ports. */
export async function startEmulators(
  processes: ProcessGroup,
  withStreams = false,
): Promise<Endpoints> {
  const [sqs, dynamodb] = await Promise.all([
    processes.start({
      name: 'the SQS and S3 server',
      command: process.execPath,
      args: [SQS_SERVER],
      ready: /^ready (\S+)/,
    }),
    startDynamodb(processes, withStreams),
  ]);
  return { sqs: sqs.announced, s3: sqs.announced, dynamodb };
}

/** @param withStreams whether its tables may have streams. @returns its address */
export async function startDynamodb(
  processes: ProcessGroup,
  withStreams: boolean,
): Promise<string> {
  const program = dynamodbProgram(process.env);
  const database = withStreams ? await createStreamDatabase() : undefined;
  const server = await processes.start({
    name: 'the DynamoDB server',
    command: program,
    args: [
      ...['serve', '--host', '127.0.0.1', '--port', String(await freePort())],
      ...(database ? ['--db-path', database.path] : []),
    ],
    ready: /listening on (\S+)/,
  });
  await database?.prepare();
  return server.announced;
}

/** The variables with which the AWS SDK of a process reaches the emulators and nothing else. */
export const emulatorEnvironment = ({ sqs, s3, dynamodb }: Endpoints): NodeJS.ProcessEnv => ({
  // A profile would win over the keys. Real credentials must not be used.
  AWS_PROFILE: undefined,
  AWS_SESSION_TOKEN: undefined,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_ENDPOINT_URL_SQS: sqs,
  AWS_ENDPOINT_URL_S3: s3,
  AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
  AWS_ENDPOINT_URL_DYNAMODB_STREAMS: dynamodb,
});

/**
 * Finds the program of the DynamoDB emulator: the one from npm, or the one `DYNOXIDE_PATH` names.
 * @throws one sentence on how to get one, on platforms for which npm has none
 */
function dynamodbProgram(env: NodeJS.ProcessEnv): string {
  const own = env['DYNOXIDE_PATH'];
  if (own !== undefined) {
    if (existsSync(own)) return own;
    throw new Error(`DYNOXIDE_PATH is ${own}, but there is no such file.`);
  }
  try {
    return createRequire(import.meta.url).resolve('@dynoxide/linux-x64/dynoxide');
  } catch {
    throw new Error(
      `npm has no DynamoDB emulator for ${process.platform}-${process.arch}: ` +
        'run "cargo install dynoxide-rs" (or "brew install nubo-db/tap/dynoxide") and set ' +
        'DYNOXIDE_PATH to the program.',
    );
  }
}

/** A folder in memory. It can be small in a container. */
const SHARED_MEMORY = '/dev/shm';
const ENOUGH_BYTES = 1024 ** 3;

/** The database file of a DynamoDB server whose tables have streams. */
type StreamDatabase = {
  readonly path: string;
  /** Call it when the server is up. */
  readonly prepare: () => Promise<void>;
};

/**
 * Each write to a table with a stream has dynoxide 1.2.1 look through all stream records for the
 * highest number, so that writes get slower with every one before: from 1,200 a second to 330 after
 * 12,000. An index spares it that. It cannot be added to a database in dynoxide's own memory, so
 * this one is a file, in memory where there is enough.
 */
async function createStreamDatabase(): Promise<StreamDatabase> {
  const directory = await mkdtemp(join(await roomyFolder(), 'task-queue-dynamodb-'));
  const path = join(directory, 'database');
  return {
    path,
    prepare: async () => {
      const database = new DatabaseSync(path);
      database.exec(
        'CREATE INDEX by_number ON _stream_records (table_name, CAST(sequence_number AS INTEGER))',
      );
      database.close();
      // The server has it open, and it goes with the server, however that ends.
      await rm(directory, { recursive: true });
    },
  };
}

/** A folder in memory where there is enough, else the one for temporary files. */
export async function roomyFolder(): Promise<string> {
  const { bavail, bsize } = await statfs(SHARED_MEMORY).catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize >= ENOUGH_BYTES ? SHARED_MEMORY : tmpdir();
}
