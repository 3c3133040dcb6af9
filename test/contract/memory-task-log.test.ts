import { describe } from 'vitest';
import { MemoryTaskLog } from '../../shared/task-log/memory-task-log.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { describeTaskLogContract } from './task-log-contract.ts';

describe('MemoryTaskLog', () => {
  describeTaskLogContract(async () => {
    const clock = new ManualClock();
    return { clock, log: new MemoryTaskLog(clock) };
  });
});
