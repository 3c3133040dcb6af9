import fc from 'fast-check';
import { expect, test } from 'vitest';
import { neededWorkers } from '../../functions/worker/ecs/retirement.ts';

const primary = (running: number) => ({ id: 'new', isPrimary: true, running });
const old = (running: number) => ({ id: 'old', isPrimary: false, running });

test('with one deployment, all that the service wants are needed', () => {
  expect(neededWorkers({ desired: 3, deployments: [primary(5)] }, 'new')).toBe(3);
});

test.each([
  ['none of the new ones runs yet', 0, 3],
  ['one of them does', 1, 2],
  ['all of them do', 3, 0],
  ['more of them do than are wanted, because the service scales in', 4, 0],
])('during a rollout, workers of the old deployment are needed: %s', (_when, running, needed) => {
  const service = { desired: 3, deployments: [primary(running), old(3)] };

  expect(neededWorkers(service, 'old')).toBe(needed);
});

test('no worker of an unknown deployment is needed', () => {
  expect(neededWorkers({ desired: 3, deployments: [primary(1)] }, 'older')).toBe(0);
});

test('never fewer workers stay than the service wants, if that many run', () => {
  const count = fc.nat(20);
  fc.assert(
    fc.property(count, count, count, (desired, ofNew, ofOld) => {
      const service = { desired, deployments: [primary(ofNew), old(ofOld)] };
      const stay =
        Math.min(ofNew, neededWorkers(service, 'new')) +
        Math.min(ofOld, neededWorkers(service, 'old'));

      expect(stay).toBe(Math.min(desired, ofNew + ofOld));
    }),
  );
});
