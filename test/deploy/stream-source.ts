import { StreamPoller } from '../../functions/dev/servers/stream-poller.ts';
import type {
  TableStreamAnswer,
  TableStreamHandler,
} from '../../functions/streams/table-stream-handler.ts';
import { openTableStream } from '../../functions/wiring/table-stream.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { callAws } from './call-aws.ts';
import type { Emulator } from './emulator.ts';

/**
 * Hands the records of the table's stream to the deployed function, as Lambda's event source mapping
 * does. The emulator's does not say which shard it reads (README.md).
 */
export async function startStreamSource(emulator: Emulator, table: string, functionName: string) {
  const path = `/2015-03-31/functions/${functionName}/invocations`;
  const handler: TableStreamHandler = async (event) => {
    const body = JSON.stringify({ ...event, state: {} });
    const answer = await callAws(emulator, { service: 'lambda', path, headers: {}, body });
    const parsed = JSON.parse(answer) as TableStreamAnswer & { readonly errorMessage?: string };
    if (parsed.errorMessage !== undefined) throw new Error(parsed.errorMessage);
    return parsed;
  };
  const logger = quietLogger();
  const stream = await openTableStream(process.env, table);
  const poller = new StreamPoller({ stream, handler, logger, batchSize: () => 1000 });
  const stopping = new AbortController();
  const ended = poller.run(stopping.signal);
  return {
    /** Log lines about problems. */
    problems: logger.lines,
    stop: async (): Promise<void> => {
      stopping.abort();
      await ended;
    },
  };
}
