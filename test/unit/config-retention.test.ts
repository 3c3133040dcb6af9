import { expect, test } from 'vitest';
import { ConfigInvalidError } from '../../shared/errors.ts';
import { aConfig } from '../support/a-config.ts';

const withRetention = (retentionDays: unknown) => aConfig({ taskLog: { retentionDays } });

test('records are kept by how their tasks ended, those not named for 30 days', () => {
  expect(withRetention({ failed: 90, cancelled: 7 }).taskLog.retentionDays).toEqual({
    completed: 30,
    failed: 90,
    cancelled: 7,
    archived: 30,
  });
});

test('a number counts for all of them', () => {
  expect(withRetention(3650).taskLog.retentionDays).toBe(3650);
});

const ACCEPTED =
  'a number of days, 1 to 3650, or an object of them with the keys: completed, failed, cancelled, archived';

test.each([
  ['no time', 0, '', '>=1'],
  ['too long', 3651, '', '<=3650'],
  ['half a day', 0.5, '', ACCEPTED],
  ['a time in words', 'a month', '', ACCEPTED],
  ['too long after a failure', { failed: 3651 }, '.failed', '<=3650'],
  ['an outcome there is not', { finished: 30 }, '', 'unknown "finished"; accepted: completed, '],
])('records cannot be kept for %s', (_case, retentionDays, path, message) => {
  let refusal: unknown;
  try {
    withRetention(retentionDays);
  } catch (error) {
    refusal = error;
  }

  expect(refusal).toBeInstanceOf(ConfigInvalidError);
  expect(refusal).toMatchObject({
    problems: [{ path: `taskLog.retentionDays${path}`, message: expect.stringContaining(message) }],
  });
});
