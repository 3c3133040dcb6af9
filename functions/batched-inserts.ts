import { InsertBatcher } from '../shared/task-log/dynamodb-insert-batcher.ts';
import type { CreateInserts } from './dynamodb-wiring.ts';

/** For processes that may insert by PartiQL. Not in the Lambdas: it makes a bundle larger. */
export const createBatchedInserts: CreateInserts = (...parts) => new InsertBatcher(...parts);
