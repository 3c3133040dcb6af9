import { DeleteMessageBatchCommand, type Message, type SQSClient } from '@aws-sdk/client-sqs';
import type { JobQueue } from '../job.ts';

const BATCH = 10;
const LINGER_MS = 50;

/** Deletes the messages of one queue ten at a time, or what there is after 50 ms. */
export class DeleteBatcher {
  readonly #client: SQSClient;
  readonly #queue: JobQueue;
  #pending: Message[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(client: SQSClient, queue: JobQueue) {
    this.#client = client;
    this.#queue = queue;
  }

  add(message: Message): void {
    this.#pending.push(message);
    if (this.#pending.length >= BATCH) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), LINGER_MS);
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const Entries = this.#pending.map(({ ReceiptHandle }, index) => ({
      Id: String(index),
      ReceiptHandle,
    }));
    this.#pending = [];
    void this.#client.send(new DeleteMessageBatchCommand({ QueueUrl: this.#queue.url, Entries }));
  }
}
