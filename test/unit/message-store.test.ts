import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Delivery } from '../../shared/broker/broker.ts';
import { type LeaseEnd, MessageStore } from '../../shared/simulation/message-store.ts';
import { Random } from '../../shared/simulation/random.ts';
import { VirtualClock } from '../../shared/simulation/virtual-clock.ts';

/** A message that was received, and the end of its lease as its worker knows it. */
type Held = { readonly delivery: Delivery; until: number };

const EXTENDED_SECONDS = 20;

/** A store, and the messages as its workers know them. */
class Ledger {
  readonly clock = new VirtualClock();
  readonly ends: LeaseEnd[] = [];
  readonly store: MessageStore;
  readonly deleted = new Set<string>();
  /** Violations of the promises, which must stay empty. */
  readonly clashes: string[] = [];
  readonly #held: Held[] = [];
  sent = 0;

  constructor(partitions: number) {
    this.store = new MessageStore({
      clock: this.clock,
      random: new Random(1),
      partitions,
      returnsToEnd: partitions === 1,
      onVisible: () => {},
      onLeaseEnd: (_id, reason) => void this.ends.push(reason),
    });
  }

  send(count: number, delaySeconds: number): void {
    const ids = Array.from({ length: count }, () => String(this.sent++));
    this.store.add(ids.map((id) => ({ id, body: `task ${id}`, delaySeconds })));
  }

  take(max: number, leaseSeconds: number): void {
    for (const delivery of this.store.take(max, leaseSeconds)) {
      const { messageId } = delivery;
      const isHeld = this.#held.some(
        (one) => one.delivery.messageId === messageId && this.#isLeased(one),
      );
      if (isHeld || this.deleted.has(messageId)) this.clashes.push(`${messageId} received twice`);
      this.#held.push({ delivery, until: this.clock.seconds + leaseSeconds });
    }
  }

  delete(pick: number): void {
    const one = this.#pick(pick);
    if (!one || !this.#isLeased(one)) return;
    this.store.delete(one.delivery);
    this.deleted.add(one.delivery.messageId);
  }

  changeLease(pick: number, seconds: number): void {
    const one = this.#pick(pick);
    if (!one) return;
    const isKept = this.store.changeLease(one.delivery, seconds);
    if (isKept !== this.#isLeased(one)) this.clashes.push('wrong answer about a lease');
    if (isKept) one.until = this.clock.seconds + seconds;
  }

  #pick(pick: number): Held | undefined {
    return this.#held[pick % Math.max(this.#held.length, 1)];
  }

  #isLeased({ delivery, until }: Held): boolean {
    return until > this.clock.seconds && !this.deleted.has(delivery.messageId);
  }
}

type Step = (ledger: Ledger) => void;

const pick = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ count: fc.integer({ min: 1, max: 20 }), delay: fc.constantFrom(0, 0, 10) }).map(
    ({ count, delay }): Step =>
      (ledger) =>
        ledger.send(count, delay),
  ),
  fc.record({ max: fc.integer({ min: 1, max: 10 }), lease: fc.integer({ min: 1, max: 30 }) }).map(
    ({ max, lease }): Step =>
      (ledger) =>
        ledger.take(max, lease),
  ),
  pick.map(
    (at): Step =>
      (ledger) =>
        ledger.delete(at),
  ),
  pick.map(
    (at): Step =>
      (ledger) =>
        ledger.changeLease(at, EXTENDED_SECONDS),
  ),
  pick.map(
    (at): Step =>
      (ledger) =>
        ledger.changeLease(at, 0),
  ),
  fc.constant<Step>(() => {}),
);

/** No lease ends exactly at a step. */
const STEP_SECONDS = Math.PI;

test.each([1, 8])(
  '%i partitions: no message is lost, and none has two leases at once',
  async (partitions) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const ledger = new Ledger(partitions);
        const { clock, store, deleted } = ledger;
        for (const [index, act] of steps.entries()) {
          clock.at(index * STEP_SECONDS, () => act(ledger));
        }

        await clock.run(steps.length * STEP_SECONDS + 60);
        const { visible } = store;
        const left = store.take(10_000, 60).map(({ messageId }) => messageId);

        expect(ledger.clashes).toEqual([]);
        expect(visible).toBe(left.length);
        expect(new Set(left).size).toBe(left.length);
        expect(left.filter((id) => deleted.has(id))).toEqual([]);
        expect(left.length + deleted.size).toBe(ledger.sent);
      }),
    );
  },
);

test('the end of a lease is reported with its reason', async () => {
  const ledger = new Ledger(1);
  ledger.send(3, 0);
  ledger.take(3, 60);
  ledger.clock.at(1, () => ledger.delete(0));
  ledger.clock.at(2, () => ledger.changeLease(1, 0));

  await ledger.clock.run(100);

  expect(ledger.ends).toEqual(['deleted', 'requeued', 'expired']);
  expect(ledger.store.depth).toEqual({ waiting: 2, inFlight: 0, delayed: 0 });
});
