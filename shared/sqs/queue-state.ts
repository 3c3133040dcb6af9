import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { QueueState } from '../check/seen.ts';

/** Reads the attributes of a queue that `check` compares. @throws any error of SQS */
export async function queueState(sqs: SQSClient, url: string): Promise<QueueState> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
  );
  const redrive = JSON.parse(Attributes.RedrivePolicy ?? '{}') as Redrive;
  return {
    arn: Attributes.QueueArn ?? '',
    visibilityTimeoutSeconds: Number(Attributes.VisibilityTimeout),
    retentionSeconds: Number(Attributes.MessageRetentionPeriod),
    deadLetterArn: redrive.deadLetterTargetArn,
    // A number or a string, depending on how it was set.
    maxReceiveCount: redrive.maxReceiveCount && Number(redrive.maxReceiveCount),
    depth: {
      waiting: Number(Attributes.ApproximateNumberOfMessages),
      inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
      delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed),
    },
  };
}

type Redrive = { readonly deadLetterTargetArn?: string; readonly maxReceiveCount?: number };
