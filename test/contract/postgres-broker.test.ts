import { describe } from 'vitest';
import { PostgresBroker } from '../../shared/broker/postgres-broker.ts';
import { pause } from '../../shared/clock.ts';
import { openDatabase } from '../support/postgres.ts';
import { describeBrokerContract } from './broker-contract.ts';

describe('PostgresBroker', () => {
  describeBrokerContract(async () => {
    const database = await openDatabase();
    return {
      broker: new PostgresBroker('main', database),
      advance: (seconds) => pause(seconds * 1000),
      deadLetters: () =>
        database.query({ text: 'SELECT body, reason FROM task_queue.dead_letters' }),
    };
  });
});
