import { buildApp } from 'fauxqs';

/** The SQS emulator as a process of its own, on 127.0.0.1. `PORT` 0 or absent takes any free port. */
const app = buildApp({ logger: false });
const url = await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT'] ?? 0) });
process.stdout.write(`ready ${url}\n`);

process.once('SIGTERM', () => void app.close().then(() => process.exit(0)));
