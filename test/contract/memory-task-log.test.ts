import { describe } from 'vitest';
import { MemoryFileStore } from '../../shared/memory/file-store.ts';
import { MemoryTaskLog } from '../../shared/memory/task-log.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { describeTaskLogContract } from './task-log-contract.ts';

describe('MemoryTaskLog', () => {
  describeTaskLogContract(async () => {
    const clock = new ManualClock();
    const files = new MemoryFileStore();
    const log = new MemoryTaskLog(clock, files);
    return { clock, files, log, redelivery: log.redelivery };
  });
});
