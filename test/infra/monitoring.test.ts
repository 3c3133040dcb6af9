import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test, vi } from 'vitest';
import { DemandMetrics, EmfMetrics } from '../../functions/telemetry/worker-metrics.ts';

import { NagChecks } from '../../infra/nag-checks.ts';
import { REPOSITORY_ROOT } from '../../infra/repository-root.ts';
import { createStacks } from '../../infra/stacks/create-stacks.ts';
import { parseConfig } from '../../shared/config/config.ts';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { QueueInterval, QueueStats } from '../../shared/worker/queue-stats.ts';
import { parseEmf } from '../support/emf-document.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { createApp, SYNTH_TIMEOUT_MS } from './synthesize.ts';

const onSqs = (name: string) => ({ name, weight: 10, broker: { type: 'sqs' } });
const onSql = { name: 'reports', weight: 10, broker: { type: 'postgres', persistence: 'main' } };
const CONFIG = parseConfig({ queues: [onSqs('priority'), onSqs('standard')] }, 'test');

function setup(context: Record<string, unknown> = {}, config = CONFIG) {
  const app = createApp(context);
  const { monitoring } = createStacks(app, config);
  return { app, template: Template.fromStack(monitoring) };
}

/** Without options. */
const DEFAULT = setup().template;

type AlarmProperties = {
  AlarmDescription: string;
  AlarmActions?: unknown[];
  MetricName?: string;
  Threshold: number;
  Metrics?: { MetricStat?: object }[];
};

const alarmsOf = (template: Template): AlarmProperties[] =>
  Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(
    ({ Properties }) => Properties,
  );

const dashboardOf = (template: Template): string =>
  JSON.stringify(Object.values(template.findResources('AWS::CloudWatch::Dashboard')));

/** Names of the metrics that a worker writes, as it really writes them. */
async function emittedMetrics(): Promise<Set<string>> {
  const output: string[] = [];
  const write = vi
    .spyOn(process.stdout, 'write')
    .mockImplementation((chunk) => output.push(String(chunk)) > 0);
  const stats = new QueueStats();
  stats.polled('main', 0);
  stats.picked('main', 1);
  for (const outcome of ['completed', 'failed', 'retried'] as const)
    stats.ended('main', outcome, 1);
  const status = () => [{ queue: 'main', buffered: 1, running: 1, isPaused: false }];
  new EmfMetrics({ stats, status, requestsTo: () => 5 }).write();
  const health = async () => ({
    ...{ waiting: 1, inFlight: 1, delayed: 0, oldestWaitSeconds: 1, deadLetters: 1 },
  });
  const broker = Object.assign(new MemoryBroker(), { system: 'postgresql' as const, health });
  const brokers = new Map([['main', broker]]);
  await new DemandMetrics({ brokers, status, slots: () => 10, logger: quietLogger() }).write(
    new Map([['main', new QueueInterval()]]),
  );
  write.mockRestore();
  return new Set(
    output
      .map(parseEmf)
      .flatMap(({ _aws }) => _aws.CloudWatchMetrics.flatMap(({ Metrics }) => Metrics))
      .map(({ Name }) => Name),
  );
}

describe('monitoring', { timeout: SYNTH_TIMEOUT_MS }, () => {
  test('satisfies the AwsSolutions rules for every recipient', () => {
    const topic = 'arn:aws:sns:eu-west-1:123456789012:alarms';
    for (const context of [
      {},
      { alarmEmail: 'me@example.com', budget: 50 },
      { alarmTopic: topic },
    ]) {
      const { app } = setup(context);
      expect(new NagChecks(app).validateScope(app).violations).toEqual([]);
    }
  });

  test('has an alarm for everything that people must know, and each has its section in the runbook', () => {
    const runbook = readFileSync(join(REPOSITORY_ROOT, 'docs/operations.md'), 'utf8');
    const headings = [...runbook.matchAll(/^### (.+)$/gm)].map(([, heading = '']) =>
      heading.toLowerCase().replaceAll(' ', '-'),
    );

    const sections = alarmsOf(DEFAULT).map(
      ({ AlarmDescription }) => /docs\/operations\.md#([a-z-]+)$/.exec(AlarmDescription)?.[1],
    );

    expect([...new Set(sections)].sort()).toEqual([
      'api-errors',
      'dead-letters',
      'function-throttles',
      'long-wait',
      'no-worker',
      'stream-dead-letters',
      'stream-lag',
      'table-throttles',
    ]);
    for (const section of sections) expect(headings).toContain(section);
  });

  test('reads only metrics that workers write', async () => {
    const { template } = setup({}, parseConfig({ queues: [onSqs('priority'), onSql] }, 'test'));
    const read = JSON.stringify(template).matchAll(/\\"TaskQueue\\",\\"(\w+)\\"/g);
    const ofAlarms = JSON.stringify(alarmsOf(template)).matchAll(
      /"MetricName":"(\w+)","Namespace":"TaskQueue"/g,
    );

    const names = [...read, ...ofAlarms].map(([, name]) => name);
    const emitted = await emittedMetrics();

    expect(names).toContain('SlotsHeld');
    expect(names.filter((name) => !emitted.has(name ?? ''))).toEqual([]);
  });

  test('shows of every queue its depth, age, throughput, failures, latency, empty receives and slots', () => {
    const dashboard = dashboardOf(DEFAULT);

    for (const queue of ['priority', 'standard']) {
      for (const metric of ['Completed', 'Failed', 'PickupLatency', 'EmptyReceives', 'BusySlots']) {
        expect(dashboard).toContain(
          `\\"TaskQueue\\",\\"${metric}\\",\\"queue\\",\\"${queue}\\",\\"service\\",\\"task-queue\\"`,
        );
      }
    }
    expect(dashboard.match(/ApproximateNumberOfMessagesNotVisible/g)).toHaveLength(2);
    expect(dashboard.match(/ApproximateAgeOfOldestMessage/g)).toHaveLength(2);
  });

  test('lets a task wait for a quarter of an hour, or for what its queue is given', () => {
    const { template } = setup({ maxWaitSeconds: '120,standard=3600' });
    const agesOf = (some: Template) =>
      alarmsOf(some)
        .filter(({ MetricName }) => MetricName === 'ApproximateAgeOfOldestMessage')
        .map(({ Threshold }) => Threshold);

    expect(agesOf(DEFAULT)).toEqual([900, 900]);
    expect(agesOf(template)).toEqual([120, 3600]);
  });

  test('knows of PostgreSQL what workers tell, and then expects one to be there', () => {
    const { template } = setup({}, parseConfig({ queues: [onSql] }, 'test'));

    for (const [MetricName, Threshold] of [
      ['OldestWait', 900],
      ['DeadLetters', 1],
    ]) {
      template.hasResourceProperties('AWS::CloudWatch::Alarm', {
        MetricName,
        Dimensions: Match.arrayWith([{ Name: 'queue', Value: 'reports' }]),
        Threshold,
      });
    }
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'SlotsHeld',
      Statistic: 'SampleCount',
      TreatMissingData: 'breaching',
    });
    expect(dashboardOf(template)).toContain('\\"Backlog\\"');
  });

  test('has no alarm that reads more than ten metrics, however many queues there are', () => {
    const queues = Array.from({ length: 25 }, (_, index) => onSqs(`queue-${index}`));
    const { template } = setup({}, parseConfig({ queues }, 'test'));

    const read = alarmsOf(template).map(
      ({ Metrics = [] }) => Metrics.filter(({ MetricStat }) => MetricStat).length,
    );

    expect(Math.max(...read)).toBeLessThanOrEqual(10);
  });

  test('tells nobody by itself; an address by an encrypted topic; a topic of yours', () => {
    const nobody = DEFAULT;
    const email = setup({ alarmEmail: 'me@example.com' }).template;
    const alarmTopic = 'arn:aws:sns:eu-west-1:123456789012:alarms';
    const given = setup({ alarmTopic }).template;

    expect(alarmsOf(nobody).filter(({ AlarmActions }) => AlarmActions)).toEqual([]);
    expect(alarmsOf(email).filter(({ AlarmActions }) => !AlarmActions)).toEqual([]);
    email.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: Match.anyValue() });
    email.hasResourceProperties('AWS::SNS::Subscription', { Endpoint: 'me@example.com' });
    given.resourceCountIs('AWS::SNS::Topic', 0);
    expect(alarmsOf(given)[0]?.AlarmActions).toEqual([alarmTopic]);
  });

  test('has an opt-in budget that notifies when most of it is spent or all of it will be', () => {
    DEFAULT.resourceCountIs('AWS::Budgets::Budget', 0);
    setup({ budget: '50', alarmEmail: 'me@example.com' }).template.hasResourceProperties(
      'AWS::Budgets::Budget',
      {
        Budget: { BudgetLimit: { Amount: 50, Unit: 'USD' }, TimeUnit: 'MONTHLY' },
        NotificationsWithSubscribers: [
          { Notification: { NotificationType: 'ACTUAL', Threshold: 80 } },
          { Notification: { NotificationType: 'FORECASTED', Threshold: 100 } },
        ].map(Match.objectLike),
      },
    );
  });
});
