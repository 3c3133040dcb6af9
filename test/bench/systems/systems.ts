import type { SystemName } from '../job.ts';
import { startHttp } from './http.ts';
import { startIdeal } from './ideal.ts';
import { startOurs, startOursWithLog } from './ours.ts';
import { startRaw } from './raw.ts';
import { startRing } from './ring.ts';
import { startSqsConsumer, startSqsConsumerBatch } from './sqs-consumer.ts';
import type { StartSystem } from './system.ts';
import { startTao, startTaoSingle } from './tao.ts';

export const SYSTEMS: Readonly<Record<SystemName, StartSystem>> = {
  ours: startOurs,
  'ours-with-log': startOursWithLog,
  tao: startTao,
  'tao-single': startTaoSingle,
  ring: startRing,
  'sqs-consumer': startSqsConsumer,
  'sqs-consumer-batch': startSqsConsumerBatch,
  raw: startRaw,
  http: startHttp,
  ideal: startIdeal,
};
