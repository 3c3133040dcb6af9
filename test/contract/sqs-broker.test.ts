import { createServer } from 'node:net';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { pause } from '../../shared/clock.ts';
import { SqsBroker } from '../../shared/sqs/broker.ts';
import { aConfig } from '../support/a-config.ts';
import { ourSqsClient, ownResources, sqsClient } from '../support/aws.ts';
import { describeBrokerContract } from './broker-contract.ts';

describe('SqsBroker', () => {
  describeBrokerContract(async () => {
    const { queues } = await ownResources(aConfig());
    const address = queues['main'];
    if (!address) throw new Error('the queue was not created');
    const client = sqsClient();
    return {
      broker: new SqsBroker('main', address, () => ourSqsClient()),
      advance: (seconds) => pause(seconds * 1000),
      deadLetters: async () => {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({
            QueueUrl: address.deadLetterUrl,
            MaxNumberOfMessages: 10,
            MessageAttributeNames: ['reason'],
          }),
        );
        return Messages.map(({ Body = '', MessageAttributes }) => ({
          body: Body,
          reason: MessageAttributes?.['reason']?.StringValue ?? '',
        }));
      },
    };
  });

  test('a poll whose connection is dead is given up, and the next one goes over a new client', async () => {
    // Accepts connections and never says a word: what a lost network looks like from here.
    const sockets = new Set<{ destroy(): void }>();
    const silent = createServer((socket) => void sockets.add(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const { queues } = await ownResources(aConfig());
    const clients = [ourSqsClient({ endpoint: `http://127.0.0.1:${port}` }), ourSqsClient()];
    const broker = new SqsBroker(
      'main',
      queues['main'] ?? { url: '', deadLetterUrl: '' },
      () => clients.shift() ?? ourSqsClient(),
      300,
    );

    const hanging = broker.receive({ max: 1, waitSeconds: 0, leaseSeconds: 30 });
    await expect(hanging).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    await broker.publish([{ body: 'alive' }]);
    const [delivery] = await broker.receive({ max: 1, waitSeconds: 0, leaseSeconds: 30 });

    expect(delivery?.body).toBe('alive');
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  test('a dead letter is received with its reason, and with the message that it is a copy of', async () => {
    const { queues } = await ownResources(aConfig());
    const { url = '', deadLetterUrl = '' } = queues['main'] ?? {};
    const create = () => ourSqsClient();
    const broker = new SqsBroker('main', { url, deadLetterUrl }, create);
    const dead = new SqsBroker('main', { url: deadLetterUrl, deadLetterUrl }, create);
    const now = { max: 1, waitSeconds: 0, leaseSeconds: 30 };
    await broker.publish([{ body: 'not a task' }]);
    const [original] = await broker.receive(now);
    if (!original) throw new Error('nothing was delivered');

    await broker.deadLetter(original, 'it is no \u0000 JSON');

    const { messageId, sentAt } = original;
    expect(original?.deadLetter).toBeUndefined();
    expect(await dead.receive(now)).toMatchObject([
      {
        body: 'not a task',
        deadLetter: { reason: 'it is no ? JSON', original: { messageId, sentAt } },
      },
    ]);
  });

  test('every message of a call that the broker cannot take is answered with why', async () => {
    const { queues } = await ownResources(aConfig());
    const broker = new SqsBroker('main', queues['main'] ?? { url: '', deadLetterUrl: '' }, () =>
      ourSqsClient(),
    );

    const answers = await broker.publish([{ body: 'fine' }, { body: 'refused \u0000' }]);

    expect(answers[0]).toBeUndefined();
    expect(answers[1]).toMatchObject({ code: 'BROKER_UNAVAILABLE' });
  });

  test('when no broker answers, publishing fails as a whole', async () => {
    const address = { url: 'http://127.0.0.1:1/queue', deadLetterUrl: 'http://127.0.0.1:1/dead' };
    const broker = new SqsBroker('main', address, () => ourSqsClient({ endpoint: undefined }));

    const publishing = broker.publish([{ body: 'lost' }]);

    await expect(publishing).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
  });
});
