/** A poll requests at least this many messages, if `receive` allows it: the most that SQS returns. */
const MIN_PORTION = 10;
/** Most open polls of one queue. SQS answers in about 10 ms, so these bring 10,000 tasks a second. */
export const MAX_POLLS = 10;
const LESS_AFTER_POLLS = 50;

/** Result of the latest poll of a queue: `full` is as many messages as requested. */
export type PollAnswer = 'none' | 'empty' | 'some' | 'full';

/** How far a feed reads ahead of its low-water mark. */
export type LookAhead = {
  /** Portions kept in the buffer beyond the low-water mark, 0 to 10. */
  readonly portions: number;
  /** Polls in a row that were answered before the buffer was empty. */
  readonly pollsInTime: number;
};

export const NO_LOOK_AHEAD: LookAhead = { portions: 0, pollsInTime: 0 };

/**
 * Keeps more in the buffer when a poll sent at the low-water mark came too late, as with tasks that
 * are shorter than the round trip. Keeps less again after 50 polls in a row that came in time.
 * @param wasLate the slots had emptied the buffer before the answer came
 */
export function afterPoll(
  { portions, pollsInTime }: LookAhead,
  answer: PollAnswer,
  wasLate: boolean,
): LookAhead {
  const inTime = wasLate ? 0 : pollsInTime + 1;
  if (answer !== 'full') return { portions: 0, pollsInTime: inTime };
  if (wasLate) return { portions: Math.min(portions + 1, MAX_POLLS), pollsInTime: inTime };
  const isEnough = inTime % LESS_AFTER_POLLS === 0;
  return { portions: isEnough ? Math.max(portions - 1, 0) : portions, pollsInTime: inTime };
}

/** The sizes of a feed's buffer and polls, in messages. */
export type FeedLevels = {
  /** The feed polls while it expects no more than this. */
  readonly mark: number;
  /** Messages that one poll requests. */
  readonly pollSize: number;
};

/**
 * @param lowWater messages that the queue's share of the slots takes at once
 * @param receive most messages of one poll
 */
export function levelsOf(lowWater: number, receive: number, { portions }: LookAhead): FeedLevels {
  const portion = Math.min(Math.max(lowWater, MIN_PORTION), receive);
  return {
    mark: lowWater + portions * portion,
    // A broker that allows it brings all portions with one poll.
    pollSize: Math.min(portion * Math.max(portions, 1), receive),
  };
}
