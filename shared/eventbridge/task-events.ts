import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import { batchesOf } from '../batches.ts';
import { pause } from '../clock.ts';
import type { TaskEvent, TaskEvents } from '../events/task-events.ts';

/**
 * EventBridge takes 10 entries and 256 KB in a request. Each entry has a few hundred bytes besides
 * its body. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
const BATCH = { entries: 10, bytes: 240 * 1024 };
const SOURCE = 'task-queue';

const TRIES = 4;
const FIRST_WAIT_MS = 50;

type Outgoing = { readonly body: string; readonly entry: PutEventsRequestEntry };
type Refused = Map<Outgoing, Error>;

/** Sends events to an EventBridge bus, with source `task-queue` and detail types like `task.finished`. */
export class EventbridgeTaskEvents implements TaskEvents {
  readonly #client: EventBridgeClient;
  readonly #bus: string;

  constructor(client: EventBridgeClient, bus: string) {
    this.#client = client;
    this.#bus = bus;
  }

  async emit(events: readonly TaskEvent[]): Promise<(Error | undefined)[]> {
    const outgoing = events.map((event) => this.#outgoing(event));
    const refused: Refused = new Map();
    for (const batch of batchesOf(outgoing, BATCH)) {
      for (const [event, error] of await this.#put(batch)) refused.set(event, error);
    }
    return outgoing.map((event) => refused.get(event));
  }

  #outgoing({ type, id, task }: TaskEvent): Outgoing {
    const body = JSON.stringify({ id, task });
    const entry = {
      EventBusName: this.#bus,
      Source: SOURCE,
      DetailType: type,
      Detail: body,
      Time: new Date(task.updatedAt),
    };
    return { body, entry };
  }

  /** EventBridge accepts or refuses each entry of a request. Only refused entries are sent again. */
  async #put(batch: readonly Outgoing[]): Promise<Refused> {
    let refused = await this.#putOnce(batch);
    for (let tries = 1; refused.size > 0 && tries < TRIES; tries++) {
      await pause(Math.random() * FIRST_WAIT_MS * 2 ** tries);
      refused = await this.#putOnce([...refused.keys()]);
    }
    return refused;
  }

  async #putOnce(batch: readonly Outgoing[]): Promise<Refused> {
    const command = new PutEventsCommand({ Entries: batch.map(({ entry }) => entry) });
    try {
      const { Entries = [] } = await this.#client.send(command);
      return new Map(
        batch.flatMap((event, index) => {
          const { ErrorCode, ErrorMessage } = Entries[index] ?? { ErrorCode: 'NoAnswer' };
          if (ErrorCode === undefined) return [];
          return [[event, new Error(`${ErrorCode}: ${ErrorMessage}`)] as const];
        }),
      );
    } catch (error) {
      return new Map(batch.map((event) => [event, error as Error]));
    }
  }
}
