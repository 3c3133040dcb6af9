import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { obeySignals } from '../../functions/worker/run-worker.ts';
import { drained, workerHarness } from '../support/worker-harness.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A worker that obeys signals, and what it logs about them. Signals are emitted, not sent. */
function setup() {
  const harness = workerHarness();
  const { worker, ended } = harness.startWorker();
  const release = obeySignals(worker, harness.logger);
  const messages = () => harness.logger.lines.map(({ message }) => message);
  return { worker, ended, release, messages };
}

test('a worker that is paused and resumed says so, once for each change', async () => {
  const { worker, ended, release, messages } = setup();

  process.emit('SIGCONT');
  process.emit('SIGUSR2');
  process.emit('SIGCONT');
  process.emit('SIGCONT');
  release();
  await drained(worker, ended);

  expect(messages()).toEqual(['worker paused', 'worker resumed']);
});

test('a worker that drains does not say that it was paused or resumed', async () => {
  const { worker, ended, release, messages } = setup();

  process.emit('SIGTERM');
  process.emit('SIGUSR2');
  process.emit('SIGCONT');
  release();
  await drained(worker, ended);

  expect(messages()).toEqual(['worker draining']);
});

test('a terminal that closes lets running tasks finish, however many signals it sends', async () => {
  const { worker, ended, release, messages } = setup();

  process.emit('SIGHUP', 'SIGHUP');
  process.emit('SIGHUP', 'SIGHUP');
  release();
  await drained(worker, ended);

  expect(messages()).toEqual(['worker draining']);
});

test('after its release no signal reaches the worker', async () => {
  const signals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR2', 'SIGCONT'] as const;
  const count = () => signals.map((signal) => process.listenerCount(signal));
  const before = count();
  const { worker, ended, release } = setup();
  const during = count();

  release();
  await drained(worker, ended);

  expect(during).toEqual(before.map((listeners) => listeners + 1));
  expect(count()).toEqual(before);
});
