import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../functions/dev/servers/ports.ts';
import type { ProcessGroup } from '../../functions/dev/servers/process-group.ts';
import { CACHE } from '../support/install-from-pypi.ts';
import { REGION, ROOT } from './account.ts';

export type Emulator = {
  readonly port: number;
  /** Variables that let a process reach only the emulator, with the account's permissions. */
  readonly env: Readonly<Record<string, string>>;
};

/** The log of the latest run, with the logs of the functions. */
export const EMULATOR_LOG = join(CACHE, 'ministack.log');

const run = promisify(execFile);

/**
 * Starts MiniStack on a free port of this machine. It checks signatures and permissions, and it
 * speaks TLS: policies that refuse anything else are in force.
 * @param directory for its data and its certificate
 */
export async function startEmulator(
  processes: ProcessGroup,
  program: string,
  directory: string,
): Promise<Emulator> {
  const port = await freePort();
  const log = createWriteStream(EMULATOR_LOG);
  const { certificate, key } = await createCertificate(directory);
  const url = `https://127.0.0.1:${port}`;
  const env = {
    AWS_ENDPOINT_URL: url,
    // This project's own code asks for it by name.
    AWS_ENDPOINT_URL_S3: url,
    AWS_REGION: REGION,
    NODE_EXTRA_CA_CERTS: certificate,
  };
  await processes.start({
    name: 'MiniStack',
    command: program,
    args: [],
    env: {
      // The functions that it runs get these variables too.
      ...{ PATH: process.env['PATH'], HOME: directory, TMPDIR: directory, ...env },
      ...{ MINISTACK_SSL_CERT: certificate, MINISTACK_SSL_KEY: key, USE_SSL: '1', AUTH: 'true' },
      ...{ BIND_HOST: '127.0.0.1', MINISTACK_HOST: 'localhost', GATEWAY_PORT: String(port) },
      ...{ LAMBDA_EXECUTOR: 'local', S3_DATA_DIR: join(directory, 's3') },
    },
    ready: new RegExp(`Running on ${url}`),
    onLine: (line) => log.write(`${line}\n`),
  });
  const { accessKeyId, secretAccessKey } = ROOT;
  const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  return { port, env: { ...env, ...keys } };
}

/** Creates a self-signed certificate for this address. Python and Node trust it by configuration. */
async function createCertificate(directory: string) {
  const certificate = join(directory, 'certificate.pem');
  const key = join(directory, 'key.pem');
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'],
    ...[
      '-addext',
      'subjectAltName=IP:127.0.0.1,DNS:localhost',
      '-keyout',
      key,
      '-out',
      certificate,
    ],
  ]);
  return { certificate, key };
}
