import { expect, test } from 'vitest';
import { meterSqs, newUsage } from '../../functions/wiring/usage-meter.ts';
import { SqsBroker } from '../../shared/sqs/broker.ts';
import { aConfig } from '../support/a-config.ts';
import { ourSqsClient, ownResources } from '../support/aws.ts';

test('requests to SQS are counted by operation and by queue', async () => {
  const queues = ['busy', 'quiet'].map((name) => ({ name, weight: 1, broker: { type: 'sqs' } }));
  const resources = await ownResources(aConfig({ queues }));
  const usage = newUsage();
  const client = ourSqsClient({ beforeRequest: meterSqs(usage) });
  const [busy, quiet] = ['busy', 'quiet'].map((name) => {
    const address = resources.queues[name];
    if (!address) throw new Error('the queue was not created');
    return { url: address.url, broker: new SqsBroker(name, address, () => client) };
  });

  await busy?.broker.publish([{ body: 'one' }, { body: 'two' }]);
  await busy?.broker.receive({ max: 10, waitSeconds: 0, leaseSeconds: 30 });
  await quiet?.broker.receive({ max: 10, waitSeconds: 0, leaseSeconds: 30 });

  expect(usage.sqsRequests).toEqual({ SendMessageBatch: 1, ReceiveMessage: 2 });
  expect(usage.sqsRequestsByQueueUrl).toEqual({ [busy?.url ?? '']: 2, [quiet?.url ?? '']: 1 });
});
