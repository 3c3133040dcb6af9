import type { QueueDepth } from '../broker/broker.ts';

/** Why a resource could not be checked. */
export type Trouble = {
  readonly kind: 'missing' | 'denied' | 'unreachable';
  /** The message of the server. */
  readonly message: string;
};

/** The state of a resource, or why it could not be read. */
export type Seen<State> = { readonly state: State } | { readonly trouble: Trouble };

export type QueueState = {
  readonly visibilityTimeoutSeconds: number;
  readonly retentionSeconds: number;
  /** ARNs of the queue and of its dead-letter queue. */
  readonly arn: string;
  readonly deadLetterArn?: string | undefined;
  readonly maxReceiveCount?: number | undefined;
  readonly depth: QueueDepth;
};

export type TableState = {
  /** Partition key and sort key. */
  readonly keys: readonly string[];
  readonly indexes: readonly string[];
  /** The attribute by which items expire. */
  readonly timeToLive?: string | undefined;
  /** A stream of new and old images. */
  readonly hasStream: boolean;
};

export type BucketState = {
  /** Days after which objects are deleted, by prefix. */
  readonly expirationDays: Readonly<Record<string, number>>;
};

export type DatabaseState = {
  /** Absent if the schema fits this code. Version 0 means that there is no schema. */
  readonly mismatch?: { readonly found: number; readonly needed: number };
};

/** Reads the state of resources and changes nothing. Never rejects: a failure is an answer. */
export interface Inspector {
  queue(url: string): Promise<Seen<QueueState>>;
  table(name: string): Promise<Seen<TableState>>;
  bucket(name: string): Promise<Seen<BucketState>>;
  /** By the name that `persistence` gives it. */
  database(name: string): Promise<Seen<DatabaseState>>;
}

/** SQLSTATE codes of a missing database, and of denied access. */
const SQL_MISSING = '3D000';
const SQL_DENIED = /^(28|42501)/;

/** Names of AWS errors for a missing resource, and for denied access. */
const MISSING = /NotFound|NoSuchBucket|DoesNotExist|NonExistent/;
const DENIED =
  /AccessDenied|Forbidden|UnrecognizedClient|ExpiredToken|InvalidClientTokenId|Signature/;

/** Waits for the state, and turns a failure into an answer. */
export async function seen<State>(looking: Promise<State>): Promise<Seen<State>> {
  try {
    return { state: await looking };
  } catch (error) {
    return { trouble: troubleOf(error as Failure) };
  }
}

type Failure = Error & {
  readonly $metadata?: { readonly httpStatusCode?: number };
  /** The SQLSTATE, or the error code of a socket. */
  readonly code?: string;
};

function troubleOf({ name, message, $metadata, cause, code = '' }: Failure): Trouble {
  // An error of several addresses has no message.
  const reason = cause instanceof Error ? cause.message : message || code;
  const status = $metadata?.httpStatusCode;
  const isMissing = status === 404 || code === SQL_MISSING || MISSING.test(name);
  if (isMissing) return { kind: 'missing', message: reason };
  const isNamed = /^error$/i.test(name) || message.includes(name);
  const isDenied = status === 403 || SQL_DENIED.test(code) || DENIED.test(name);
  return {
    kind: isDenied ? 'denied' : 'unreachable',
    message: isNamed ? reason : `${name}: ${reason}`,
  };
}
