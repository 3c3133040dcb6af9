import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { describe } from 'vitest';
import { SqsBroker } from '../../shared/broker/sqs-broker.ts';
import { pause } from '../../shared/clock.ts';
import { aConfig, ownResources, sqsClient } from '../support/aws.ts';
import { describeBrokerContract } from './broker-contract.ts';

describe('SqsBroker', () => {
  describeBrokerContract(async () => {
    const { queues } = await ownResources(aConfig());
    const address = queues['main'];
    if (!address) throw new Error('the queue was not created');
    const client = sqsClient();
    return {
      broker: new SqsBroker('main', address, () => client),
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
});
