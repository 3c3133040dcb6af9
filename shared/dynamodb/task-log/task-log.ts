import { type Clock, systemClock } from '../../clock.ts';
import type { StoredFiles } from '../../files/file-store.ts';
import { Expiry, type RetentionDays } from '../../task-log/expiry.ts';
import type { TaskLog } from '../../task-log/task-log.ts';
import { taskLogOf } from '../../task-log/task-log-of.ts';
import type { DynamodbTable } from '../table.ts';
import { DynamodbChildren } from './children.ts';
import { DynamodbClaims } from './claims.ts';
import { DynamodbCommands } from './commands.ts';
import type { TaskItem } from './items.ts';
import { OverflowItems } from './overflow-items.ts';
import { DynamodbQueries } from './queries.ts';
import type { Inserts } from './recorder.ts';
import { DynamodbRecorder } from './recorder.ts';

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
