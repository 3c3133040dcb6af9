import { describe } from 'vitest';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { describeBrokerContract } from './broker-contract.ts';

describe('MemoryBroker', () => {
  describeBrokerContract(async () => {
    const clock = new ManualClock();
    const broker = new MemoryBroker(clock);
    return {
      broker,
      advance: async (seconds) => clock.advance(seconds),
      deadLetters: async () => broker.deadLetters,
    };
  });
});
