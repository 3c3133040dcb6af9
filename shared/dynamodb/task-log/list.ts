import { idRange, idRangeAfter, type ListOrder } from '../../task-log/id-range.ts';
import { cursorAfter, idInCursor } from '../../task-log/paging.ts';
import { matcherOf, type TaskFilter } from '../../task-log/task-filter.ts';
import type { ListQuery, TaskPage, TaskSummary } from '../../task-log/task-log.ts';
import type { DynamodbTable, Item, Key } from '../table.ts';
import { type AccessPath, accessPathOf, type TableQuery } from './access-path.ts';
import { summaryOfItem, type TaskItem } from './items.ts';

/** The most records that a page reads to find its tasks. */
const READ_AT_MOST = 1000;
/** Items that are fetched at once. */
const MAX_BATCH = 100;

/**
 * Reads one page. The number of records read depends on the page's length and on how many tasks match,
 * never on how many tasks there are. @param readAtMost 8 or more
 */
export async function readTaskPage(
  table: DynamodbTable,
  query: ListQuery,
  readAtMost = READ_AT_MOST,
): Promise<TaskPage> {
  const { limit, offset = 0, order = 'newest', cursor } = query;
  const start = cursor === undefined ? undefined : idInCursor(cursor, query);
  const created = idRange(query);
  const path = accessPathOf(
    query,
    start === undefined ? created : idRangeAfter(created, start, order),
  );
  const merge = new SortedMerge(table, path.queries, {
    order,
    wanted: offset + limit,
    readAtMost: query.offset === undefined ? readAtMost : Number.POSITIVE_INFINITY,
  });

  const tasks = await pageOf(table, path, merge, query);
  const end = tasks.length < limit ? merge.unreadFrom : await endOfFullPage(merge, tasks.at(-1));
  return {
    tasks,
    recordsRead: merge.recordsRead,
    next: end === undefined ? undefined : cursorAfter(end, query),
  };
}

async function pageOf(
  table: DynamodbTable,
  path: AccessPath,
  merge: SortedMerge,
  { limit, offset = 0, ...filter }: ListQuery,
): Promise<TaskSummary[]> {
  // Everything matches, so the skipped items need not be read.
  if (path.isExact) await merge.take(offset);
  const first = path.isExact ? 0 : offset;
  const tasks: TaskSummary[] = [];
  let matched = 0;
  for await (const task of matching(table, path, merge, filter, first + limit)) {
    matched += 1;
    if (matched > first) tasks.push(task);
    if (tasks.length === limit) break;
  }
  return tasks;
}

/** The tasks that match, in order. `wanted` is how many will be taken at most. */
async function* matching(
  table: DynamodbTable,
  { finds, isExact }: AccessPath,
  merge: SortedMerge,
  filter: TaskFilter,
  wanted: number,
): AsyncGenerator<TaskSummary> {
  const matches = matcherOf(filter);
  let [seen, matched] = [0, 0];
  for (;;) {
    // As many as it takes if as many match as up to now.
    const size = Math.ceil(((wanted - matched) * (seen + 1)) / (matched + 1));
    const batch = await merge.take(Math.min(size, MAX_BATCH));
    if (batch.length === 0) return;
    const items = finds === 'items' ? batch : await table.getMany(batch);
    const tasks = (items as TaskItem[]).map(summaryOfItem);
    const accepted = isExact ? tasks : tasks.filter(matches);
    seen += batch.length;
    matched += accepted.length;
    yield* accepted;
  }
}

/** Where the next page begins; nothing if there is none. */
async function endOfFullPage(
  merge: SortedMerge,
  last: TaskSummary | undefined,
): Promise<string | undefined> {
  const isWithinBatch = last?.id !== merge.lastTaken;
  return isWithinBatch || (await merge.hasMore()) ? last?.id : undefined;
}

export type MergeOptions = {
  readonly order: ListOrder;
  /** How many finds will probably be taken. */
  readonly wanted: number;
  /** Items of the table or index that may be read, whether they are finds or not. */
  readonly readAtMost: number;
};

/** One of several queries whose finds are merged. */
type Stream = {
  readonly query: TableQuery;
  /** Read, and not taken yet. */
  found: Key[];
  /** Sort key up to which it was read; nothing before the first read. */
  position?: string;
  startKey: Item | undefined;
  hasEnded: boolean;
  /** How much the next read may read. */
  readSize: number;
};

/**
 * The finds of several queries in one order, read a little at a time, and in no query much further
 * than in the others. The first reads nearly always suffice for what is wanted; each later one doubles.
 */
export class SortedMerge {
  readonly #table: DynamodbTable;
  readonly #streams: readonly Stream[];
  readonly #order: ListOrder;
  #left: number;
  /** Items read so far. */
  recordsRead = 0;
  /** Sort key of the latest find that was taken. */
  lastTaken: string | undefined;

  constructor(table: DynamodbTable, queries: readonly TableQuery[], options: MergeOptions) {
    this.#table = table;
    this.#streams = queries.map((query) => ({
      query,
      found: [],
      startKey: undefined,
      hasEnded: false,
      readSize: firstReadSize(options.wanted, queries.length),
    }));
    this.#order = options.order;
    this.#left = options.readAtMost;
  }

  /** Nothing: there are no more, or no more may be read. `unreadFrom` tells. */
  async next(): Promise<Key | undefined> {
    for (;;) {
      const stream = this.#first();
      if (!stream) return undefined;
      const find = stream.found.shift();
      if (find) {
        this.lastTaken = find.sk;
        return find;
      }
      if (!(await this.#readOn())) return undefined;
    }
  }

  async take(count: number): Promise<Key[]> {
    const finds: Key[] = [];
    while (finds.length < count) {
      const find = await this.next();
      if (!find) break;
      finds.push(find);
    }
    return finds;
  }

  /** Sort key up to which all is read and taken, when there is something beyond it. */
  get unreadFrom(): string | undefined {
    return this.#first()?.position;
  }

  /** True also when it is not known, because too much would have to be read to know it. */
  async hasMore(): Promise<boolean> {
    if (this.#streams.every(({ found }) => found.length === 0)) await this.#readOn();
    return this.#first() !== undefined;
  }

  /** The stream that has the next find, or must be read further to know. */
  #first(): Stream | undefined {
    const open = this.#streams.filter(({ found, hasEnded }) => found.length > 0 || !hasEnded);
    return open.reduce<Stream | undefined>(
      (first, stream) => (first && this.#isBefore(first, stream) ? first : stream),
      undefined,
    );
  }

  #isBefore(a: Stream, b: Stream): boolean {
    const [headOfA, headOfB] = [headOf(a), headOf(b)];
    if (headOfA === undefined || headOfB === undefined) return headOfA === undefined;
    return this.#order === 'newest' ? headOfA > headOfB : headOfA < headOfB;
  }

  /** Reads on, at once, in all streams that have run dry. False: that would be too much. */
  async #readOn(): Promise<boolean> {
    const dry = this.#streams.filter(({ found, hasEnded }) => found.length === 0 && !hasEnded);
    const share = Math.floor(this.#left / dry.length);
    if (dry.length === 0 || share < 1) return false;
    await Promise.all(dry.map((stream) => this.#read(stream, Math.min(stream.readSize, share))));
    return true;
  }

  async #read(stream: Stream, limit: number): Promise<void> {
    const { items, lastKey, scanned } = await this.#table.query({
      ...stream.query,
      Limit: limit,
      ScanIndexForward: this.#order === 'oldest',
      ExclusiveStartKey: stream.startKey,
    });
    stream.readSize *= 2;
    stream.found = items as Key[];
    stream.startKey = lastKey;
    stream.hasEnded = lastKey === undefined;
    if (lastKey) stream.position = String(lastKey['sk']);
    this.recordsRead += scanned;
    this.#left -= scanned;
  }
}

const headOf = ({ found: [next], position }: Stream): string | undefined => next?.sk ?? position;

/**
 * Finds are spread over the queries at random. With two standard deviations above the mean, one page
 * in seven needs a second read, of one query; reading more at first would cost more than that.
 */
function firstReadSize(wanted: number, queries: number): number {
  if (queries <= 1) return wanted + 1;
  const mean = (wanted + 1) / queries;
  return Math.ceil(mean + 2 * Math.sqrt(mean));
}
