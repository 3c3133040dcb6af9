import { describe } from 'vitest';
import { MemoryFileStore } from '../../shared/memory/file-store.ts';
import { describeFileStoreContract } from './file-store-contract.ts';

describe('MemoryFileStore', () => {
  describeFileStoreContract(async () => new MemoryFileStore());
});
