import type { JsonValue } from '../json.ts';

/** One unit of work, as it travels from the dispatcher to a worker. */
export type Task = {
  /** ULID. */
  readonly id: string;
  /** Names the task definition that runs it. At most 255 characters. */
  readonly name: string;
  readonly parameters: JsonValue;
  /** For people. At most 255 characters. */
  readonly label: string;
  /** Whom it belongs to and runs as. Absent: the system's. At most 1,024 characters. */
  readonly owner?: string;
  readonly parentId?: string;
  /** True: the children of this task do not change its status. */
  readonly masterStatus: boolean;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
};
