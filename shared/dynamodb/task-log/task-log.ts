import { type Clock, isoTime, systemClock } from '../../clock.ts';
import type { StoredFiles } from '../../files/file-store.ts';
import type { Task } from '../../task/task.ts';
import { Expiry, type RetentionDays } from '../../task-log/expiry.ts';
import { dueIn, undecodableTask } from '../../task-log/record.ts';
import type { TaskStatus } from '../../task-log/status.ts';
import type { TaskLog, TaskRecorder, UndecodableMessage } from '../../task-log/task-log.ts';
import { taskLogOf } from '../../task-log/task-log-of.ts';
import type { DynamodbTable } from '../table.ts';
import { DynamodbChildren } from './children.ts';
import { DynamodbClaims } from './claims.ts';
import { DynamodbCommands } from './commands.ts';
import type { Inserts } from './insert-batcher.ts';
import { failureMark, type TaskItem, taskAttributes, taskKey } from './items.ts';
import { OverflowItems } from './overflow-items.ts';
import { DynamodbQueries } from './queries.ts';

export type DynamodbTaskLogOptions = {
  /** Days that the record of an ended task is kept. */
  readonly retentionDays: RetentionDays;
  readonly clock?: Clock;
  /** Stores parameters that are too large for a message. */
  readonly files?: StoredFiles | undefined;
  /** Writes first records. @default one request for each */
  readonly inserts?: Inserts;
};

/** The task log in one DynamoDB table. docs/architecture.md draws its layout. */
export function dynamodbTaskLog(table: DynamodbTable, options: DynamodbTaskLogOptions): TaskLog {
  const { retentionDays, clock = systemClock, files, inserts = table } = options;
  const expiry = new Expiry(retentionDays, clock);
  const overflow = new OverflowItems(table, expiry, files);
  const children = new DynamodbChildren(table, expiry, clock);
  const deps = { table, expiry, overflow, children, clock, inserts };
  const commands = new DynamodbCommands(deps);
  const propagate = (item: TaskItem): Promise<void> => commands.propagate(item);
  return taskLogOf({
    recorder: new DynamodbRecorder(deps),
    claims: new DynamodbClaims({ ...deps, propagate }),
    commands,
    queries: new DynamodbQueries(table, overflow),
  });
}

type RecorderDeps = {
  readonly inserts: Inserts;
  readonly expiry: Expiry;
  readonly overflow: OverflowItems;
  readonly clock: Clock;
};

class DynamodbRecorder implements TaskRecorder {
  readonly #deps: RecorderDeps;

  constructor(deps: RecorderDeps) {
    this.#deps = deps;
  }

  async recordEnqueued(task: Task, queue: string, delaySeconds = 0): Promise<void> {
    const { inserts, overflow, clock } = this.#deps;
    await overflow.putParameters(task);
    const due = dueIn(delaySeconds, clock);
    await inserts.putNew({ ...this.#newItem(task, queue, 'enqueued'), ...due });
  }

  async recordUndecodable(message: UndecodableMessage): Promise<void> {
    const { task, report } = undecodableTask(message);
    const item = this.#newItem(task, message.queue, 'unknown');
    const mark = failureMark(task.id, 'unknown');
    await this.#deps.inserts.putNew({ ...item, ...mark, report: JSON.stringify(report) });
  }

  #newItem(task: Task, queue: string, status: TaskStatus): TaskItem {
    return {
      ...taskKey(task.id),
      ...taskAttributes(task),
      queue,
      status,
      claims: 0,
      snoozes: 0,
      updatedAt: isoTime(this.#deps.clock.now()),
      expiresAt: this.#deps.expiry.ofUnfinished,
    };
  }
}
