import { afterEach, describe, expect, test } from 'vitest';
import { EventbridgeTaskEvents } from '../../shared/eventbridge/task-events.ts';
import { logTaskEvents, type TaskEvent } from '../../shared/events/task-events.ts';
import { aTaskEvent } from '../support/a-task-event.ts';
import { type SentEntry, startEventBusServer } from '../support/event-bus-server.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { describeTaskEventsContract } from './task-events-contract.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function setup() {
  const server = await startEventBusServer();
  closers.push(server.close);
  return { ...server, events: new EventbridgeTaskEvents(server.client, 'tasks') };
}

const eventOf = ({ DetailType, Detail }: SentEntry): TaskEvent => ({
  type: DetailType,
  ...JSON.parse(Detail),
});

describe('events in the log', () => {
  describeTaskEventsContract(async () => {
    const logger = quietLogger();
    const arrived = () => logger.lines.map(({ fields }) => fields as TaskEvent);
    return { events: logTaskEvents(logger), arrived };
  });
});

describe('events on EventBridge', () => {
  describeTaskEventsContract(async () => {
    const { events, taken } = await setup();
    return { events, arrived: () => taken.map(eventOf) };
  });

  test('name the bus, the source, what happened and when', async () => {
    const { events, taken } = await setup();

    await events.emit([aTaskEvent()]);

    expect(taken).toMatchObject([
      {
        EventBusName: 'tasks',
        Source: 'task-queue',
        DetailType: 'task.finished',
        Time: Date.parse('2026-01-01T00:00:05Z') / 1000,
      },
    ]);
  });

  test('are sent again when they were refused, and only they', async () => {
    const { events, bus, taken, requests } = await setup();
    const [one, two, three] = [aTaskEvent(), aTaskEvent(), aTaskEvent()];
    const refusals = [undefined, 'ThrottlingException', undefined, 'InternalFailure'];
    bus.refusalOf = () => refusals.shift();

    const answers = await events.emit([one, two, three]);

    expect(answers).toEqual([undefined, undefined, undefined]);
    expect(taken.map(eventOf)).toEqual([one, three, two]);
    expect(requests).toEqual([3, 1, 1]);
  });

  test('that are refused again and again are answered with the reason, the others are not', async () => {
    const { events, bus, taken } = await setup();
    const refused = aTaskEvent();
    const taught = aTaskEvent();
    bus.refusalOf = ({ Detail }) => (Detail.includes(refused.task.id) ? 'Throttling' : undefined);

    const answers = await events.emit([refused, taught]);

    expect(answers).toEqual([new Error('Throttling: refused by the test'), undefined]);
    expect(taken.map(eventOf)).toEqual([taught]);
  });

  test('are all answered with the reason when the bus is down', async () => {
    const { events, bus } = await setup();
    bus.isDown = true;

    const answers = await events.emit([aTaskEvent(), aTaskEvent()]);

    expect(answers).toEqual([expect.any(Error), expect.any(Error)]);
  });

  test('that are large go in several requests', async () => {
    const { events, taken, requests } = await setup();
    const large = Array.from({ length: 10 }, () => aTaskEvent({ label: '√'.repeat(12_000) }));

    const answers = await events.emit(large);

    expect(answers).toEqual(large.map(() => undefined));
    expect(taken).toHaveLength(10);
    expect(requests).toEqual([6, 4]);
  });
});
