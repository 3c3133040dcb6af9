import type { Client } from 'pg';
import { pause } from '../clock.ts';
import type { Statement } from './sql.ts';

const CHANNEL = 'task_queue';
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5000;

/**
 * Commits with a notification go one by one, which cannot be when each waits for the disk. So it
 * follows the messages in a transaction of its own, which has nothing to wait for.
 */
const NOTIFY: Statement = { text: `SELECT pg_notify('${CHANNEL}', $1)` };

/** @param isTold true: a message was sent. False: a message may have been sent */
export type Wake = (isTold: boolean) => void;

type Sending = { readonly now: Promise<void>; next?: Promise<void> };

/**
 * Tells the brokers of a process when to look for messages, over one LISTEN connection for all queues.
 * It stays open from the first listener on. All listeners are notified when it is lost and restored.
 */
export class PostgresWakeUps {
  readonly #connect: () => Promise<Client>;
  readonly #send: (statement: Statement) => Promise<unknown>;
  readonly #listeners = new Map<string, Set<Wake>>();
  readonly #sending = new Map<string, Sending>();
  readonly #ended = new AbortController();
  #drop: (() => void) | undefined;
  #isListening = false;
  #isKept = false;

  constructor(connect: () => Promise<Client>, send: (statement: Statement) => Promise<unknown>) {
    this.#connect = connect;
    this.#send = send;
  }

  /** False: no notifications arrive, so poll. */
  get isListening(): boolean {
    return this.#isListening;
  }

  /** Calls `wake` whenever there may be something in the queue. */
  listen(queue: string, wake: Wake): void {
    const listeners = this.#listeners.get(queue) ?? new Set();
    this.#listeners.set(queue, listeners.add(wake));
    if (this.#isKept) return;
    this.#isKept = true;
    void this.#keepListening();
  }

  /**
   * Wakes all who listen to the queue. Many calls at once share a notification. Never rejects: what it
   * is about is stored, and found in the end without it.
   */
  notify(queue: string): Promise<void> {
    const sending = this.#sending.get(queue);
    if (!sending) return this.#notifyNow(queue);
    sending.next ??= sending.now.then(() => this.#notifyNow(queue));
    return sending.next;
  }

  /** Returns a statement for the caller's transaction: all listeners are woken when it commits. */
  statement(queue: string): Statement {
    return { ...NOTIFY, values: [queue] };
  }

  /** Replaces the connection, because it may be broken. */
  renew(): void {
    this.#drop?.();
  }

  end(): void {
    this.#ended.abort();
    this.renew();
  }

  #notifyNow(queue: string): Promise<void> {
    const now = this.#send(this.statement(queue))
      .catch(() => undefined)
      .then(() => {
        if (this.#sending.get(queue)?.now === now) this.#sending.delete(queue);
      });
    this.#sending.set(queue, { now });
    return now;
  }

  async #keepListening(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!this.#ended.signal.aborted) {
      const wasUp = await this.#listenUntilLost().catch(() => false);
      retryMs = wasUp ? FIRST_RETRY_MS : Math.min(retryMs * 2, LONGEST_RETRY_MS);
      await pause(retryMs, this.#ended.signal);
    }
  }

  async #listenUntilLost(): Promise<boolean> {
    const client = await this.#connect();
    const { promise: lost, resolve: drop } = Promise.withResolvers<void>();
    this.#drop = drop;
    client.once('end', () => drop());
    client.on('notification', ({ payload = '' }) => this.#wake(payload, true));
    try {
      await client.query(`LISTEN ${CHANNEL}`);
      this.#setListening(true);
      if (!this.#ended.signal.aborted) await lost;
      return true;
    } finally {
      this.#setListening(false);
      // Not waited for: it may be the end of a connection whose other end is gone.
      client.end().catch(() => undefined);
    }
  }

  /** PostgreSQL does not repeat notifications that nobody listened to. */
  #setListening(isListening: boolean): void {
    this.#isListening = isListening;
    for (const queue of this.#listeners.keys()) this.#wake(queue, false);
  }

  #wake(queue: string, isTold: boolean): void {
    for (const wake of this.#listeners.get(queue) ?? []) wake(isTold);
  }
}
