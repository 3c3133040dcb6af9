import { fileURLToPath } from 'node:url';
import { dynamodbProgram } from './dynamodb-program.ts';
import { freePort } from './ports.ts';
import type { ProcessGroup } from './process-group.ts';
import { createStreamDatabase } from './stream-database.ts';

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
