import { wireTableStream } from '../wiring/table-stream.ts';
import { tableStreamHandler } from './table-stream-handler.ts';

export const handler = tableStreamHandler(wireTableStream(process.env)); // once per cold start
