import { expect, test } from 'vitest';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { Acknowledger } from '../../shared/worker/acknowledger.ts';
import { settleMessage } from '../../shared/worker/settle-message.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { quietLogger } from '../support/quiet-logger.ts';

test('a task that is put back is not brought forward again by a renewal that was on its way', async () => {
  const clock = new ManualClock();
  const logger = quietLogger();
  const broker = new MemoryBroker(clock);
  await broker.publish([{ body: 'x' }]);
  const [delivery] = await broker.receive({ max: 1, waitSeconds: 0, leaseSeconds: 60 });
  if (!delivery) throw new Error('nothing was delivered');
  const held = { queue: 'main', delivery, receivedAt: clock.now(), leasedAt: clock.now() };
  const arrived = Promise.withResolvers<void>();
  const renewal = arrived.promise.then(() => broker.changeLease([delivery], 30)).then(() => {});

  const settled = settleMessage(
    held,
    { action: 'release', delaySeconds: 900 },
    {
      acks: new Acknowledger(broker, logger),
      broker,
      renewal: () => renewal,
      now: () => clock.now(),
      logger,
    },
  );
  arrived.resolve();
  await settled;
  clock.advance(100);

  expect(held).toMatchObject({ isReleased: true });
  expect(await broker.depth()).toMatchObject({ waiting: 0 });
});
