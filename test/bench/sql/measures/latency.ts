import { pause } from '../../../../shared/clock.ts';
import { pickupMeasures } from '../../statistics.ts';
import { connect } from '../contenders/connect.ts';
import { CONTENDERS } from '../contenders/contenders.ts';
import type { Job, Values } from '../job.ts';

/** By then every contender has found its queue empty. */
const IDLE_AFTER_MS = 1500;
const LONGEST_GAP_MS = 50;

/** A sender and a receiver, whose delay is measured. */
type Way = {
  send(index: number): Promise<unknown>;
  close(): Promise<void>;
};
type OpenWay = (url: string, arrived: () => void) => Promise<Way>;

/** From before a single task is sent to the start of its handler, all else being idle. */
export async function latency(job: Extract<Job, { measure: 'latency' }>): Promise<Values> {
  let arrival = Promise.withResolvers<number>();
  const open = job.contender === 'notify' ? openNotify : openContender(job.contender);
  const way = await open(job.url, () => arrival.resolve(performance.now()));
  await pause(IDLE_AFTER_MS);
  const pickups: number[] = [];
  const giveUpAt = performance.now() + job.seconds * 1000;
  for (let index = 0; index < job.tasks && performance.now() < giveUpAt; index++) {
    await pause(Math.random() * LONGEST_GAP_MS);
    arrival = Promise.withResolvers();
    const sentAt = performance.now();
    const [arrivedAt] = await Promise.all([arrival.promise, way.send(index)]);
    pickups.push(arrivedAt - sentAt);
  }
  await way.close();
  return pickupMeasures(pickups);
}

const openContender =
  (name: keyof typeof CONTENDERS): OpenWay =>
  async (url, arrived) => {
    const contender = await CONTENDERS[name](url);
    await contender.work(10, arrived);
    return { send: (index) => contender.enqueue(index), close: () => contender.close() };
  };

/** The least there can be: one connection notifies, another listens. Nothing is stored. */
const openNotify: OpenWay = async (url, arrived) => {
  const [sender, listener] = [await connect(url), await connect(url)];
  await listener.query('LISTEN bench');
  listener.on('notification', arrived);
  return {
    send: (index) => sender.query("SELECT pg_notify('bench', $1)", [String(index)]),
    async close() {
      await sender.end();
      await listener.end();
    },
  };
};
