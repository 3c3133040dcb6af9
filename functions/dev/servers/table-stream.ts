import { logTaskEvents } from '../../../shared/events/task-events.ts';
import { tableStreamHandler } from '../../streams/table-stream-handler.ts';
import { openTableStream, wireTableStream } from '../../wiring/table-stream.ts';
import { StreamPoller } from './stream-poller.ts';

/** As on AWS: infra/constructs/store/table-stream-consumer.ts. */
const BATCH_SIZE = 1000;

/** The consumer of the table's stream as a process. It logs every task that ends. */
const { table, logger, usage, ...deps } = wireTableStream(process.env);
const poller = new StreamPoller({
  stream: await openTableStream(process.env, table),
  handler: tableStreamHandler({ ...deps, logger, events: logTaskEvents(logger) }),
  logger,
  batchSize: () => BATCH_SIZE,
});
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());
process.stdout.write('ready\n');
await poller.run(stopping.signal);
logger.info('table stream stopped', { usage });
process.exit(0);
