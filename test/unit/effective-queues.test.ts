import { expect, test } from 'vitest';
import { effectiveQueues } from '../../shared/control/live-settings.ts';
import { aConfig } from '../support/a-config.ts';

const queues = [
  { name: 'main', weight: 75, broker: { type: 'sqs' } },
  { name: 'slow', weight: 25, broker: { type: 'sqs' } },
  { name: 'now', weight: 50, broker: { type: 'memory' } },
];

test('a queue shares the work by weight with those that workers serve', () => {
  expect(effectiveQueues(aConfig({ queues }), {})).toEqual([
    expect.objectContaining({ name: 'main', weight: 75, weightFrom: 'configuration', share: 0.75 }),
    expect.objectContaining({ name: 'slow', weight: 25, share: 0.25 }),
    expect.not.objectContaining({ share: expect.anything() }),
  ]);
});

test('a live weight wins over the configured one, and a paused queue leaves its share to others', () => {
  const overrides = { queues: { main: { weight: 10 }, slow: { paused: true } } };

  expect(effectiveQueues(aConfig({ queues }), overrides)).toMatchObject([
    { weight: 10, configuredWeight: 75, weightFrom: 'live settings', share: 1, paused: false },
    { weight: 25, weightFrom: 'configuration', share: 0, paused: true },
    { name: 'now', paused: false },
  ]);
});

test('a tier shares its work among its own queues', () => {
  const tiers = queues.map((queue, tier) => ({ ...queue, tier }));

  expect(effectiveQueues(aConfig({ queues: tiers }), {})).toMatchObject([
    { share: 1, tier: 0 },
    { share: 1, tier: 1 },
    { tier: 2 },
  ]);
});

test('with strict priority there are no shares, configured so or live', () => {
  const strict = effectiveQueues(aConfig({ queues }), { strategy: 'strict-priority' });

  expect(strict.map(({ share }) => share)).toEqual([undefined, undefined, undefined]);
});
