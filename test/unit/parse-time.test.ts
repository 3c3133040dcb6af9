import { InvalidArgumentError } from 'commander';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pointInTime } from '../../functions/cli/kit/options/parse-option.ts';
import { ageText } from '../../functions/cli/terminal/text.ts';

const NOW = Date.parse('2026-11-24T09:30:00Z');
beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(() => void vi.useRealTimers());

test.each([
  ['90s', '2026-11-24T09:28:30Z'],
  ['90m', '2026-11-24T08:00:00Z'],
  ['24h', '2026-11-23T09:30:00Z'],
  ['7d', '2026-11-17T09:30:00Z'],
  ['2026-11-01', '2026-11-01T00:00:00Z'],
  ['2026-11-01T10:00:00+02:00', '2026-11-01T08:00:00Z'],
  ['2026-11-01T10:00:00.250Z', '2026-11-01T10:00:00.250Z'],
])('%s is a point in time', (text, time) => {
  expect(pointInTime(text)).toBe(Date.parse(time));
});

test.each([
  '',
  'yesterday',
  '7',
  '7w',
  '-7d',
  '2026',
  '2026-13-01',
  '2026-02-30',
  '1969-12-31',
  '99999999d',
])('"%s" is none, and it says what would be one', (text) => {
  expect(() => pointInTime(text)).toThrow(InvalidArgumentError);
  expect(() => pointInTime(text)).toThrow(/90m or 7d, or a time such as 2026-11-24/);
});

test.each([
  [0, '0 s'],
  [89, '89 s'],
  [600, '10 min'],
  [7200, '2 h'],
  [86_400 * 13, '13 d'],
])('%d seconds are %s', (seconds, text) => {
  expect(ageText(seconds)).toBe(text);
});
