import { BenchStack } from './test/bench/bench-stack.ts';
import { wireCli } from './functions/cli/wire-cli.ts';
import { SqsClient } from './shared/broker/sqs-client.ts';
import { newTaskId } from './shared/ids.ts';
const stack = await BenchStack.start();
const resources = await stack.createResources(['q']);
import { writeFileSync } from 'node:fs';
writeFileSync('/tmp/cproto/config.json', JSON.stringify({ queues: [{ name: 'q', weight: 1, broker: { type: 'sqs' } }] }));
Object.assign(process.env, stack.environment, { TASK_QUEUE_RESOURCES: JSON.stringify(resources), TASK_QUEUE_CONFIG: '/tmp/cproto/config.json' });
delete process.env['AWS_PROFILE']; delete process.env['AWS_SESSION_TOKEN'];
const { dispatcher, log, brokers } = wireCli(process.env);
async function timed(title: string, n: number, c: number, per: number, f: () => Promise<unknown>) {
  let left = n / per; const cpu = process.cpuUsage(); const t = performance.now();
  await Promise.all(Array.from({ length: c }, async () => { while (left-- > 0) await f(); }));
  const ms = performance.now() - t; const u = process.cpuUsage(cpu);
  console.log(title, Math.round(n / ms * 1000), '/s', ((u.user + u.system) / n).toFixed(0), 'us cpu each');
}
const broker = brokers.get('q')!;
const bodyOf = () => JSON.stringify({ id: newTaskId(), name: 'compute-statistics', parameters: { values: [1, 2, 3] }, label: 'compute-statistics', masterStatus: false, createdAt: new Date().toISOString() });
const { SQSClient, SendMessageBatchCommand } = await import('@aws-sdk/client-sqs');
for (let i = 0; i < 2; i++) {
await timed('raw sdk send10 x20', 20000, 20, 10, () => stack.sqs.send(new SendMessageBatchCommand({ QueueUrl: resources.queues['q']!.url, Entries: Array.from({ length: 10 }, (_, k) => ({ Id: String(k), MessageBody: bodyOf() })) })));
await timed('raw broker send10 x20', 20000, 20, 10, () => broker.publish(Array.from({ length: 10 }, () => ({ body: bodyOf() }))));
for (const [c, per] of [[2, 100], [4, 100], [4, 50], [2, 250]] as const)
await timed(`enqueueMany ${per} x${c}`, 20000, c, per, () => dispatcher.enqueueMany(Array.from({ length: per }, () => ({ name: 'compute-statistics', parameters: { values: [1, 2, 3] } }))));
}
await stack.stop();
process.exit(0);
