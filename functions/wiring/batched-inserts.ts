import { InsertBatcher } from '../../shared/dynamodb/task-log/insert-batcher.ts';
import type { CreateInserts } from './dynamodb.ts';

/** For processes that may insert by PartiQL. Not in the Lambdas: it makes a bundle larger. */
export const createBatchedInserts: CreateInserts = (...parts) => new InsertBatcher(...parts);
