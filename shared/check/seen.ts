import type { QueueDepth } from '../broker/broker.ts';

/** Why a resource could not be looked at. */
export type Trouble = {
  readonly kind: 'missing' | 'denied' | 'unreachable';
  /** In the words of whoever refused. */
  readonly message: string;
};

/** What was seen of a resource. */
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
  /** Of new and old images. */
  readonly hasStream: boolean;
};

export type BucketState = {
  /** By prefix, after how many days objects are deleted. */
  readonly expirationDays: Readonly<Record<string, number>>;
};

/** Looks at resources, and changes nothing. Never rejects: what it could not see is an answer too. */
export interface Inspector {
  queue(url: string): Promise<Seen<QueueState>>;
  table(name: string): Promise<Seen<TableState>>;
  bucket(name: string): Promise<Seen<BucketState>>;
}

/** What AWS calls a resource that is not there. */
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

type Failure = Error & { readonly $metadata?: { readonly httpStatusCode?: number } };

function troubleOf({ name, message, $metadata, cause }: Failure): Trouble {
  const reason = cause instanceof Error ? cause.message : message;
  const status = $metadata?.httpStatusCode;
  if (status === 404 || MISSING.test(name)) return { kind: 'missing', message: reason };
  const said = message.includes(name) ? reason : `${name}: ${reason}`;
  return { kind: status === 403 || DENIED.test(name) ? 'denied' : 'unreachable', message: said };
}
