import { StreamPoller } from '../../functions/dev/servers/stream-poller.ts';
import { tableStreamHandler } from '../../functions/streams/table-stream-handler.ts';
import {
  openTableStream,
  wireStatsRepair,
  wireTableStream,
} from '../../functions/wiring/table-stream.ts';
import { seededRandom } from '../chaos/seeded-random.ts';

/**
 * The consumer of the stream as a process to be killed. It begins at its checkpoint, or somewhere
 * before, and cuts batches differently every time.
 */
const MAX_BATCH = 200;
const MAX_REPEATED = 400;

const random = seededRandom(Number(process.env['CONSUMER_SEED']));
const { table, logger, ...deps } = wireTableStream(process.env);
const { store } = await wireStatsRepair(process.env, table);
const checkpoints = await store.checkpoints();
const poller = new StreamPoller({
  stream: await openTableStream(process.env, table),
  handler: tableStreamHandler({ ...deps, logger }),
  logger,
  batchSize: () => 1 + Math.floor(random() * MAX_BATCH),
  // The emulator counts from 1.
  startAfter: async (shardId) => {
    const position = Number(checkpoints.get(shardId) ?? 0) - Math.floor(random() * MAX_REPEATED);
    return position > 0 ? String(position) : undefined;
  },
});
process.stdout.write('ready\n');
await poller.run(new AbortController().signal);
