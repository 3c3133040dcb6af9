import { resolve } from 'node:path';
import { Readable, Writable } from 'node:stream';
import type { Host } from '../../functions/cli/host.ts';

type HostOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
  /** Its standard input. */
  readonly input?: string;
};

/** A host for a command within this process, and what the command wrote. No stream is a terminal. */
export function aHost({ env, directory, input = '' }: HostOptions) {
  const [output, errors] = [aText(), aText()];
  const host: Host = {
    env,
    directory,
    pathOf: (path) => resolve(directory, path),
    pid: process.pid,
    stdin: Readable.from(input === '' ? [] : [Buffer.from(input)]),
    stdout: output.stream,
    stderr: errors.stream,
    onInterrupt: () => undefined,
    // Other commands share this process. No handler of the tests reads the environment.
    setEnvironment: () => undefined,
  };
  return { host, written: () => ({ output: output.text(), errors: errors.text() }) };
}

function aText() {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, next) => {
      chunks.push(chunk);
      next();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

/** Variables that the SDK, `pg` and Node read from the environment of their process. */
const OF_PROCESS = /^(AWS_|PG|NODE_|(HOME|TZ|NO_COLOR|FORCE_COLOR)$)/;
/** Variables among them that the command line passes to its clients. */
const PASSED =
  /^AWS_(REGION|ACCESS_KEY_ID|SECRET_ACCESS_KEY|ENDPOINT_URL_(SQS|DYNAMODB|DYNAMODB_STREAMS|S3))$/;

/** Whether a command with these variables needs a process of its own to see them. */
export const needsProcess = (env: NodeJS.ProcessEnv): boolean =>
  [...new Set([...Object.keys(env), ...Object.keys(process.env)])]
    .filter((name) => OF_PROCESS.test(name) && env[name] !== process.env[name])
    .some((name) => !(env[name] && PASSED.test(name)));
