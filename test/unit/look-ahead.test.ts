import { describe, expect, test } from 'vitest';
import {
  afterPoll,
  type LookAhead,
  levelsOf,
  MAX_POLLS,
  NO_LOOK_AHEAD,
} from '../../shared/worker/look-ahead.ts';

const ahead = (portions: number, pollsInTime = 0): LookAhead => ({ portions, pollsInTime });

describe('after a poll', () => {
  test('a full answer that came too late adds a portion, up to as many as polls may be open', () => {
    expect(afterPoll(NO_LOOK_AHEAD, 'full', true)).toEqual(ahead(1));
    expect(afterPoll(ahead(MAX_POLLS, 3), 'full', true)).toEqual(ahead(MAX_POLLS));
  });

  test('49 answers in time change nothing, the 50th takes a portion away', () => {
    let state = ahead(2);
    for (let poll = 0; poll < 49; poll++) state = afterPoll(state, 'full', false);
    expect(state).toEqual(ahead(2, 49));

    expect(afterPoll(state, 'full', false)).toEqual(ahead(1, 50));
  });

  test('there is never less than nothing ahead', () => {
    expect(afterPoll(ahead(0, 49), 'full', false)).toEqual(ahead(0, 50));
  });

  test.each(['empty', 'some'] as const)('an answer with %s messages ends it', (answer) => {
    expect(afterPoll(ahead(5, 7), answer, false)).toEqual(ahead(0, 8));
    expect(afterPoll(ahead(5, 7), answer, true)).toEqual(ahead(0));
  });
});

describe('the levels of a feed', () => {
  test('without a look ahead it keeps the low-water mark, and polls for ten at least', () => {
    expect(levelsOf(3, 10, NO_LOOK_AHEAD)).toEqual({ mark: 3, pollSize: 10 });
  });

  test('a poll asks for no more than `receive`', () => {
    expect(levelsOf(40, 10, ahead(3))).toEqual({ mark: 70, pollSize: 10 });
    expect(levelsOf(3, 1, NO_LOOK_AHEAD)).toEqual({ mark: 3, pollSize: 1 });
  });

  test('a broker that returns many brings all portions with one poll', () => {
    expect(levelsOf(40, 500, ahead(3))).toEqual({ mark: 160, pollSize: 120 });
  });
});
