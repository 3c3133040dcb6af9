import type { JsonValue } from '../json.ts';

/** One unit of work, as it travels from the dispatcher to a worker. */
export type Task = {
  /** ULID. */
  readonly id: string;
  /** Names the task definition that runs it. At most 255 characters. */
  readonly name: string;
  /** Null while they are elsewhere: see `parametersAt`. */
  readonly parameters: JsonValue;
  /** In the file store, when they are too large for a message. At most 1,024 characters. */
  readonly parametersAt?: string;
  /** For people. At most 255 characters. */
  readonly label: string;
  /** Whom it belongs to and runs as. Absent: the system's. At most 1,024 characters. */
  readonly owner?: string;
  readonly parentId?: string;
  /** The task that this one retries. */
  readonly retryOf?: string;
  /** True: the children of this task do not change its status. */
  readonly masterStatus: boolean;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
};

/** The position of a span, to continue its trace. https://www.w3.org/TR/trace-context/ */
export type TraceContext = {
  /** `00-<trace id>-<span id>-<flags>` */
  readonly traceparent: string;
  /** Tracing systems' own additions. At most 512 characters. */
  readonly tracestate?: string;
};

/** A task as its message carries it. The trace is for the way: the task log does not keep it. */
export type TracedTask = Task & { readonly trace?: TraceContext };
