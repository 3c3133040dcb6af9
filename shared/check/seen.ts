import type { QueueDepth } from '../broker/broker.ts';

/** Why a resource could not be looked at. */
export type Trouble = {
  readonly kind: 'missing' | 'denied' | 'unreachable';
  /** The message of the server that refused. */
  readonly message: string;
};

/** The observed state of a resource, or the reason why it is unknown. */
export type Seen<State> = { readonly state: State } | { readonly trouble: Trouble };

export type QueueState = {
  readonly visibilityTimeoutSeconds: number;
  readonly retentionSeconds: number;
  /** ARN of itself, and of where its messages go in the end. */
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
  /** Whether the stream contains new and old images. */
  readonly hasStream: boolean;
};

export type BucketState = {
  /** By prefix, after how many days objects are deleted. */
  readonly expirationDays: Readonly<Record<string, number>>;
};

export type DatabaseState = {
  /** Absent: its schema is one that this code works with. Version 0: there is none. */
  readonly mismatch?: { readonly found: number; readonly needed: number };
};

/** Looks at resources, and changes nothing. Never rejects: what it could not see is an answer too. */
export interface Inspector {
  queue(url: string): Promise<Seen<QueueState>>;
  table(name: string): Promise<Seen<TableState>>;
  bucket(name: string): Promise<Seen<BucketState>>;
  /** By the name that `persistence` gives it. */
  database(name: string): Promise<Seen<DatabaseState>>;
}

/** PostgreSQL's codes for a missing database and for a missing permission. */
const SQL_MISSING = '3D000';
const SQL_DENIED = /^(28|42501)/;

/** Names of AWS's errors for a missing resource. */
const MISSING = /NotFound|NoSuchBucket|DoesNotExist|NonExistent/;
const DENIED =
  /AccessDenied|Forbidden|UnrecognizedClient|ExpiredToken|InvalidClientTokenId|Signature/;

/** Waits for what is seen, and makes an answer of its failure. */
export async function seen<State>(looking: Promise<State>): Promise<Seen<State>> {
  try {
    return { state: await looking };
  } catch (error) {
    return { trouble: troubleOf(error as Failure) };
  }
}

type Failure = Error & {
  readonly $metadata?: { readonly httpStatusCode?: number };
  /** PostgreSQL's SQLSTATE, or the error code of a socket. */
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
