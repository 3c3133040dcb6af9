import { newTaskId, partitionOf } from '../../shared/ids.ts';
import { cellKey, Tallies } from '../../shared/stats/tally.ts';
import type {
  Shard,
  StreamImage,
  StreamRecord,
  TableStream,
} from '../../shared/table-stream/table-stream.ts';
import { TASK_STATUSES, type TaskStatus } from '../../shared/task-log/status.ts';

export type SimulatedTask = {
  readonly id: string;
  readonly owner: string | undefined;
  readonly queue: string;
  readonly status: TaskStatus;
};

const OWNERS = ['ann', 'ben', undefined];
const QUEUES = ['priority', 'background'];
/** So that numbers of one, two and three digits are among the sequence numbers. */
const FIRST_NUMBER = 5;

/** A table of tasks and its stream, in memory: two shards, each of which may be followed by others. */
export class SimulatedTable {
  readonly tasks = new Map<string, SimulatedTask>();
  readonly shards: Shard[] = [
    { id: 'even-0', parentId: undefined },
    { id: 'odd-0', parentId: undefined },
  ];
  /** By shard. */
  readonly records = new Map<string, StreamRecord[]>();
  readonly #random: () => number;
  #number = FIRST_NUMBER;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** One write to the table: a task comes, changes, is heard of, or goes. Returns its record. */
  write(): StreamRecord {
    const task = this.#pick([...this.tasks.values()]);
    const chance = this.#random();
    if (!task || chance < 0.4) {
      const owner = this.#pick(OWNERS);
      return this.#put(undefined, {
        id: newTaskId(),
        owner,
        queue: this.#queue(),
        status: 'enqueued',
      });
    }
    if (chance < 0.8) {
      return this.#put(task, { ...task, status: this.#pick([...TASK_STATUSES]) ?? 'running' });
    }
    if (chance < 0.85) return this.#put(task, { ...task, queue: this.#queue() });
    // A heartbeat: nothing that counts.
    if (chance < 0.95) return this.#put(task, { ...task });
    return this.#put(task, undefined);
  }

  /** Ends a shard, and begins the one that follows. */
  split(): void {
    const parent = this.#pick(this.#openShards());
    if (!parent) return;
    const [kind, generation] = parent.id.split('-');
    this.shards.push({ id: `${kind}-${Number(generation) + 1}`, parentId: parent.id });
  }

  /** The correct numbers. */
  tallies(): Tallies {
    const tallies = new Tallies();
    for (const { owner, ...cell } of this.tasks.values()) tallies.add(owner, cellKey(cell), 1);
    return tallies;
  }

  stream(): TableStream {
    const hasEnded = (id: string) => !this.#openShards().some((shard) => shard.id === id);
    return {
      // DynamoDB promises no order.
      shards: async () => this.shards.toReversed(),
      read: (id, after) => {
        let position = after === undefined ? 0 : this.#indexAfter(id, after);
        return {
          next: async (max) => {
            const page = (this.records.get(id) ?? []).slice(position, position + max);
            position += page.length;
            return page.length === 0 && hasEnded(id) ? undefined : page;
          },
        };
      },
    };
  }

  #indexAfter(shardId: string, after: string): number {
    const records = this.records.get(shardId) ?? [];
    return records.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === after) + 1;
  }

  #openShards(): Shard[] {
    return this.shards.filter(({ id }) => !this.shards.some(({ parentId }) => parentId === id));
  }

  #put(before: SimulatedTask | undefined, after: SimulatedTask | undefined): StreamRecord {
    const id = (after ?? before)?.id ?? '';
    if (after) this.tasks.set(id, after);
    else this.tasks.delete(id);
    const kind = partitionOf(id) % 2 === 0 ? 'even' : 'odd';
    const shard = this.#openShards().find((open) => open.id.startsWith(kind));
    this.#number += 1;
    const records = this.records.get(shard?.id ?? '') ?? [];
    this.records.set(shard?.id ?? '', records);
    const record = streamRecord(String(this.#number), before, after);
    records.push(record);
    return record;
  }

  #queue(): string {
    return this.#pick(QUEUES) ?? '';
  }

  #pick<Item>(items: readonly Item[]): Item | undefined {
    return items[Math.floor(this.#random() * items.length)];
  }
}

/** A record of DynamoDB's stream, of a task that came, changed, or went. */
export function streamRecord(
  SequenceNumber: string,
  before: SimulatedTask | undefined,
  after: SimulatedTask | undefined,
): StreamRecord {
  const id = (after ?? before)?.id ?? '';
  const Keys = { pk: { S: `T#${partitionOf(id)}` }, sk: { S: id } };
  return {
    dynamodb: {
      Keys,
      SequenceNumber,
      ...(before && { OldImage: { ...Keys, ...imageOf(before) } }),
      ...(after && { NewImage: { ...Keys, ...imageOf(after) } }),
    },
  };
}

const imageOf = ({ id, owner, queue, status }: SimulatedTask): StreamImage => ({
  queue: { S: queue },
  status: { S: status },
  name: { S: 'export-results' },
  label: { S: `Task ${id}` },
  claims: { N: '3' },
  snoozes: { N: '1' },
  createdAt: { S: '2026-01-01T00:00:00.000Z' },
  updatedAt: { S: '2026-01-01T00:00:05.000Z' },
  ...(owner !== undefined && { owner: { S: owner } }),
});
