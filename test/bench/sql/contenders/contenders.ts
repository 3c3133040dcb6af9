import type { OpenContender } from './contender.ts';
import { openGraphileWorker, openGraphileWorkerBatch } from './graphile-worker.ts';
import type { ContenderName } from './names.ts';
import { openOurs } from './ours.ts';
import { openPgBoss, openPgBossBatch, openPgBossNotify } from './pg-boss.ts';
import { openRaw } from './raw.ts';

export const CONTENDERS = {
  ours: openOurs,
  'graphile-worker': openGraphileWorker,
  'graphile-worker-batch': openGraphileWorkerBatch,
  'pg-boss': openPgBoss,
  'pg-boss-batch': openPgBossBatch,
  'pg-boss-notify': openPgBossNotify,
  raw: openRaw,
} satisfies Record<ContenderName, OpenContender>;
