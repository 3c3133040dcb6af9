import { buildApp } from 'fauxqs';

/** The SQS and S3 emulator as a process of its own, on any free port of 127.0.0.1. */
const app = buildApp({ logger: false });
const url = await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`ready ${url}\n`);

process.once('SIGTERM', () => void app.close().then(() => process.exit(0)));
