import type { SystemName } from '../job.ts';
import { startHttp } from './http.ts';
import { startIdeal } from './ideal.ts';
import { startOriginal, startOriginalSingle } from './original.ts';
import { startOurs, startOursWithLog } from './ours.ts';
import { startRaw } from './raw.ts';
import { startRing } from './ring.ts';
import { startSqsConsumer, startSqsConsumerBatch } from './sqs-consumer.ts';
import type { StartSystem } from './system.ts';

export const SYSTEMS: Readonly<Record<SystemName, StartSystem>> = {
  ours: startOurs,
  'ours-with-log': startOursWithLog,
  original: startOriginal,
  'original-single': startOriginalSingle,
  ring: startRing,
  'sqs-consumer': startSqsConsumer,
  'sqs-consumer-batch': startSqsConsumerBatch,
  raw: startRaw,
  http: startHttp,
  ideal: startIdeal,
};
