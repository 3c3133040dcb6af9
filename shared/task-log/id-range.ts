import { encodeTime } from 'ulid';

/** Ids sort by the time they carry, so times of creation are a range of them. Both ends belong to it. */
export type IdRange = { readonly first: string; readonly last: string };

export type ListOrder = 'newest' | 'oldest';

type Created = {
  /** Milliseconds since 1970, up to the year 9999. */
  readonly createdAfter?: number | undefined;
  readonly createdBefore?: number | undefined;
};

/** Characters of a ULID that carry its time, and those that do not. */
const TIME_LENGTH = 10;
const RANDOM_LENGTH = 16;

/** The ids of all tasks created at `createdAfter` or later, and before `createdBefore`. */
export const idRange = ({ createdAfter = 0, createdBefore }: Created): IdRange => ({
  first: encodeTime(Math.max(Math.ceil(createdAfter), 0), TIME_LENGTH) + '0'.repeat(RANDOM_LENGTH),
  last: createdBefore === undefined ? 'Z' : lastIdBefore(createdBefore),
});

/** Returns the rest of a range after this id, in the order of the list. */
export function idRangeAfter(range: IdRange, id: string, order: ListOrder): IdRange {
  if (order === 'oldest') return id < range.first ? range : { ...range, first: `${id}0` };
  return id > range.last ? range : { ...range, last: justBelow(id) };
}

export const isEmptyRange = ({ first, last }: IdRange): boolean => first > last;

export const isWithin = ({ first, last }: IdRange, id: string): boolean =>
  id >= first && id <= last;

const lastIdBefore = (milliseconds: number): string =>
  milliseconds <= 0
    ? ''
    : encodeTime(Math.ceil(milliseconds) - 1, TIME_LENGTH) + 'Z'.repeat(RANDOM_LENGTH);

/** Below the id, and no other id lies in between. */
const justBelow = (id: string): string =>
  id.slice(0, -1) + String.fromCharCode(id.charCodeAt(id.length - 1) - 1);
