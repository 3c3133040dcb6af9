import { batchesOf } from '../../batches.ts';
import type {
  Broker,
  Delivery,
  OutgoingMessage,
  QueueDepth,
  QueueHealth,
  ReceiveOptions,
} from '../../broker/broker.ts';
import { isoTime, pause } from '../../clock.ts';
import { BrokerUnavailableError } from '../../errors.ts';
import { RETENTION_SECONDS } from '../../limits.ts';
import type { PostgresDatabase } from '../database.ts';
import { PostgresReceiver } from './receive.ts';
import {
  CHANGE_LEASE,
  type ChangedRow,
  DEAD_LETTER,
  DELETE,
  depthOf,
  healthOf,
  PUBLISH,
  type QueueQuery,
  queueQuery,
  receiptsOf,
  WAITED_TOO_LONG,
} from './statements.ts';

/** Limits of one statement. */
const BATCH = { entries: 1000, bytes: 4_194_304 };

/**
 * Interval of polls of an idle queue without a notification: once a minute. Its worker reads its depth
 * as often, for the metrics.
 */
const LOOK_ANYWAY_MS = 60_000;

/** Interval of polls while the connection that listens is down. */
const LOOK_UNTOLD_MS = 1000;

/**
 * Broker over the messages of one queue in PostgreSQL. The lease is the time until which a message
 * is invisible; its receipt is how often it was received.
 */
export class PostgresBroker implements Broker {
  readonly system = 'postgresql';
  readonly maxBatch = BATCH.entries;
  readonly #queue: string;
  readonly #database: PostgresDatabase;
  readonly #query: QueueQuery;
  readonly #receiver: PostgresReceiver;
  readonly #lookAnywayMs: number;
  #arrival = new AbortController();
  #isListening = false;
  /** Until then it is empty, unless somebody tells; on the clock of `performance`. */
  #emptyUntil = 0;
  /** Whether only the time that has passed made us look. */
  #isUntold = false;
  #isTold = false;

  constructor(queue: string, database: PostgresDatabase, lookAnywayMs = LOOK_ANYWAY_MS) {
    this.#queue = queue;
    this.#database = database;
    this.#lookAnywayMs = lookAnywayMs;
    this.#query = queueQuery(queue, database);
    this.#receiver = new PostgresReceiver(queue, this.#query);
  }

  async publish(messages: readonly OutgoingMessage[]): Promise<(Error | undefined)[]> {
    const answers = messages.map(({ body }) => this.#refusalOf(body));
    const accepted = messages.filter((_message, index) => answers[index] === undefined);
    const batches = batchesOf(accepted, BATCH);
    const sent = await Promise.allSettled(batches.map((batch) => this.#insert(batch)));
    const failures = sent.flatMap((result) => (result.status === 'rejected' ? [result] : []));
    if (failures[0] && failures.length === sent.length) throw failures[0].reason;
    if (accepted.length > 0) await this.#database.wakeUps.notify(this.#queue);
    const stored = sent.flatMap((result, index) =>
      (batches[index] ?? []).map(() => (result.status === 'rejected' ? result.reason : undefined)),
    );
    const answersOfStore = stored.values();
    return answers.map((refusal) => refusal ?? answersOfStore.next().value);
  }

  async receive({ max, waitSeconds, leaseSeconds }: ReceiveOptions): Promise<Delivery[]> {
    if (waitSeconds === 0) return this.#look(max, leaseSeconds);
    this.#listen();
    const deadline = performance.now() + waitSeconds * 1000;
    do {
      const isEmpty = this.#emptyUntil > performance.now();
      const deliveries = isEmpty ? [] : await this.#look(max, leaseSeconds);
      if (deliveries.length > 0) return deliveries;
      const waitMs = Math.max(Math.min(this.#emptyUntil, deadline) - performance.now(), 0);
      await pause(waitMs, this.#arrival.signal);
    } while (performance.now() < deadline);
    return [];
  }

  async ack(deliveries: readonly Delivery[]): Promise<Delivery[]> {
    await this.#query({ ...DELETE, values: receiptsOf(deliveries) });
    return [];
  }

  async changeLease(deliveries: readonly Delivery[], seconds: number): Promise<Delivery[]> {
    const values = [...receiptsOf(deliveries), seconds];
    const changed = await this.#query<ChangedRow>({ ...CHANGE_LEASE, values });
    // When a requeue is repeated after a lost answer, it finds nothing left to change.
    if (seconds === 0 || changed.some(({ is_earlier }) => is_earlier)) {
      await this.#database.wakeUps.notify(this.#queue);
    }
    const kept = new Set(changed.map(({ id }) => id));
    return deliveries.filter(({ messageId }) => !kept.has(messageId));
  }

  async deadLetter({ messageId, body, sentAt }: Delivery, reason: string): Promise<void> {
    const values = [messageId, this.#queue, body, textOf(reason), isoTime(sentAt)];
    await this.#query({ ...DEAD_LETTER, values });
  }

  /** Exact up to 10,000 visible and as many invisible messages, else estimated. */
  depth(): Promise<QueueDepth> {
    return depthOf(this.#queue, this.#query);
  }

  health(): Promise<QueueHealth> {
    return healthOf(this.#queue, this.#query);
  }

  async #insert(messages: readonly OutgoingMessage[]): Promise<void> {
    const bodies = messages.map(({ body }) => body);
    const delays = messages.map(({ delaySeconds = 0 }) => delaySeconds);
    await this.#query({ ...PUBLISH, values: [this.#queue, JSON.stringify(bodies), delays] });
  }

  #refusalOf(body: string): Error | undefined {
    if (!body.includes('\0') && body.isWellFormed()) return undefined;
    const reason = 'PostgreSQL stores no text with U+0000 or half a character';
    return new BrokerUnavailableError(this.#queue, reason);
  }

  #listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    this.#database.wakeUps.listen(this.#queue, (isTold) => {
      this.#emptyUntil = 0;
      this.#isUntold = false;
      this.#isTold = isTold;
      this.#arrival.abort();
      this.#arrival = new AbortController();
    });
  }

  async #look(max: number, leaseSeconds: number): Promise<Delivery[]> {
    const arrival = this.#arrival.signal;
    const isTold = this.#isTold;
    this.#isTold = false;
    const { deliveries, nextInMs, at = 0 } = await this.#receiver.receive(max, leaseSeconds);
    // Found without a notification: the connection that listens may be broken.
    if (deliveries.length > 0 && this.#isUntold) this.#database.wakeUps.renew();
    this.#isUntold = false;
    // Told of an arrival meanwhile, which the receive may not have seen: it is not known to be empty.
    if (deliveries.length === 0 && !arrival.aborted) {
      // Another worker is about to receive it, and when that lease ends is not known yet. Where it ends
      // before we would look again anyway, look once more.
      const isTakenAway = isTold && leaseSeconds * 1000 < this.#lookAnywayMs;
      if (isTakenAway) this.#emptyUntil = performance.now() + LOOK_UNTOLD_MS;
      else this.#isEmptyFor(nextInMs);
    }
    return this.#withoutTooOld(deliveries, at);
  }

  /** @param now by the server's clock, in milliseconds since 1970: ours may be days ahead */
  async #withoutTooOld(deliveries: Delivery[], now: number): Promise<Delivery[]> {
    const isTooOld = ({ sentAt }: Delivery): boolean => sentAt < now - RETENTION_SECONDS * 1000;
    const old = deliveries.filter(isTooOld);
    if (old.length === 0) return deliveries;
    await Promise.all(old.map((delivery) => this.deadLetter(delivery, WAITED_TOO_LONG)));
    await this.ack(old);
    return deliveries.filter((delivery) => !isTooOld(delivery));
  }

  #isEmptyFor(nextInMs: number | undefined): void {
    const { isListening } = this.#database.wakeUps;
    const lookAgainMs = isListening ? this.#lookAnywayMs : LOOK_UNTOLD_MS;
    this.#isUntold = isListening && (nextInMs ?? Number.POSITIVE_INFINITY) > lookAgainMs;
    this.#emptyUntil = performance.now() + Math.min(nextInMs ?? lookAgainMs, lookAgainMs);
  }
}

const textOf = (text: string): string => text.slice(0, 1024).replaceAll('\0', '?');
