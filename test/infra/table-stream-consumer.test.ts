import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { TableStreamConsumer } from '../../infra/constructs/store/table-stream-consumer.ts';
import { TaskLogTable } from '../../infra/constructs/store/task-log-table.ts';
import { allow, SYNTH_TIMEOUT_MS, statementsOf, templateOf } from './synthesize.ts';

function setup(eventBus?: string): Template {
  return templateOf((stack) => {
    new TableStreamConsumer(stack, 'Stream', {
      taskLog: new TaskLogTable(stack, 'TaskLog'),
      resources: { table: 'tasks', queues: {} },
      ...(eventBus !== undefined && { eventBus }),
    });
  });
}

describe('the consumer of the stream', { timeout: SYNTH_TIMEOUT_MS }, () => {
  test('is called with what changed in tasks, from the oldest change on, every five seconds', () => {
    setup().hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^TaskLogTable'), 'StreamArn'] },
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 1000,
      MaximumBatchingWindowInSeconds: 5,
      FilterCriteria: {
        Filters: [
          { Pattern: JSON.stringify({ dynamodb: { Keys: { pk: { S: [{ prefix: 'T#' }] } } } }) },
        ],
      },
    });
  });

  test('knows which shard it reads, and gets the batches of a shard one after the other', () => {
    setup().hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      TumblingWindowInSeconds: 900,
      ParallelizationFactor: 1,
    });
  });

  test('gets what it did not manage again, in halves, until the stream is about to forget it', () => {
    setup().hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRecordAgeInSeconds: 20 * 3600,
      MaximumRetryAttempts: Match.absent(),
    });
  });

  test('has put aside what was given up on', () => {
    const template = setup();

    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      DestinationConfig: {
        OnFailure: {
          Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('^StreamDeadLetterQueue'), 'Arn'] },
        },
      },
    });
    template.hasResourceProperties('AWS::SQS::Queue', { MessageRetentionPeriod: 1_209_600 });
  });

  test('may emit events on the one bus it is given, and on none otherwise', () => {
    const bus = {
      'Fn::Join': [
        '',
        [
          'arn:',
          expect.anything(),
          ':events:',
          expect.anything(),
          ':',
          expect.anything(),
          ':event-bus/tasks',
        ],
      ],
    };

    expect(statementsOf(setup('tasks'), /^Stream/)).toContainEqual(allow('events:PutEvents', bus));
    expect(JSON.stringify(statementsOf(setup(), /^Stream/))).not.toContain('events:');
  });
});
