import { expect, test } from 'vitest';
import { QueueStats } from '../../shared/worker/queue-stats.ts';

test('events are counted by queue', () => {
  const stats = new QueueStats();
  stats.polled('priority', 3);
  stats.polled('standard', 0);
  stats.polled('standard', 0);
  stats.picked('priority', 0.2);
  stats.picked('priority', undefined);
  stats.ended('priority', 'completed', 1.5);
  stats.ended('priority', 'failed', 2.5);
  stats.ended('priority', 'retried', 0.5);

  const intervals = stats.drain();

  const priority = intervals.get('priority');
  expect(priority?.picked).toBe(2);
  expect(priority?.pickups.sample(99)).toEqual([0.2]);
  expect(priority?.runs.sample(99)).toEqual([0.5, 1.5, 2.5]);
  expect(priority?.countOf('completed')).toBe(1);
  expect(priority?.countOf('cancelled')).toBe(0);
  expect(priority?.finished).toBe(2);
  expect(intervals.get('standard')).toMatchObject({ emptyReceives: 2, picked: 0 });
});

test('a delivery with nothing to run is counted, but says nothing about run times', () => {
  const stats = new QueueStats();
  stats.ended('main', 'duplicate', 0.01);
  stats.ended('main', 'busy', 0.01);
  stats.ended('main', 'set-aside', 0.01);

  const interval = stats.drain().get('main');

  expect(interval?.runs.count).toBe(0);
  expect(interval?.countOf('duplicate')).toBe(1);
});

test('drained counts are not returned again', () => {
  const stats = new QueueStats();
  stats.picked('main', 1);
  stats.drain();

  expect(stats.drain().size).toBe(0);
});
