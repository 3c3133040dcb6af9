import { expect, test } from 'vitest';
import { demandOf, type QueueLoad, RunTimes } from '../../functions/telemetry/demand.ts';
import { QueueInterval } from '../../shared/worker/queue-stats.ts';

const aQueue = (load: Partial<QueueLoad> = {}): QueueLoad => ({
  waiting: 0,
  inFlight: 0,
  buffered: 0,
  running: 0,
  runSeconds: 1,
  isPaused: false,
  ...load,
});

const minuteWith = (...runSeconds: number[]): QueueInterval => {
  const interval = new QueueInterval();
  for (const seconds of runSeconds) interval.runs.add(seconds);
  return interval;
};

test('all messages count as tasks, leased or not', () => {
  const queues = [aQueue({ waiting: 3, inFlight: 2 }), aQueue({ waiting: 5, isPaused: true })];

  expect(demandOf(queues).tasks).toBe(10);
});

test('waiting tasks need as many slots as start all of them within a minute', () => {
  const queues = [
    aQueue({ waiting: 600, runSeconds: 0.1 }),
    aQueue({ waiting: 60, runSeconds: 2 }),
  ];

  expect(demandOf(queues).slotsWanted).toBeCloseTo(1 + 2);
});

test('a task of an hour needs one slot, not sixty', () => {
  expect(demandOf([aQueue({ waiting: 4, runSeconds: 3600 })]).slotsWanted).toBe(4);
});

test('a running task uses a whole slot, and a buffered task its share of one', () => {
  const load = aQueue({ running: 3, buffered: 30, runSeconds: 6 });

  expect(demandOf([load]).slotsHeld).toBe(3 + 3);
});

test('a paused queue needs no more workers, except one that stays', () => {
  const paused = aQueue({ waiting: 900, isPaused: true });

  expect(demandOf([paused]).slotsWanted).toBe(0.01);
  expect(demandOf([paused, aQueue({ waiting: 60 })]).slotsWanted).toBe(1);
  expect(demandOf([aQueue({ isPaused: true })]).slotsWanted).toBe(0);
});

test('run times are those of the last minute in which tasks ended, and a second before that', () => {
  const times = new RunTimes();
  const before = times.of('main');

  times.note('main', minuteWith(2, 4), 0);
  times.note('main', undefined, 0);

  expect(before).toBe(1);
  expect(times.of('main')).toBe(3);
});

test('tasks of which none ended in a minute count as a minute at least', () => {
  const times = new RunTimes();
  times.note('main', minuteWith(2), 0);

  times.note('main', minuteWith(), 10);

  expect(times.of('main')).toBe(60);
});
