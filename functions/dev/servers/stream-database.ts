import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Memory that looks like a folder; in a container it may be small. */
const SHARED_MEMORY = '/dev/shm';
const ENOUGH_BYTES = 1024 ** 3;

/** A database for a DynamoDB server whose tables have streams. */
export type StreamDatabase = {
  readonly path: string;
  /** To be called when the server is up. */
  readonly prepare: () => Promise<void>;
};

/**
 * Each write to a table with a stream has dynoxide 1.2.1 look through all stream records for the
 * highest number, so that writes get slower with every one before: from 1,200 a second to 330 after
 * 12,000. An index spares it that. It cannot be added to a database in dynoxide's own memory, so
 * this one is a file, in memory where there is enough.
 */
export async function createStreamDatabase(): Promise<StreamDatabase> {
  const directory = await mkdtemp(join(await roomyFolder(), 'task-queue-dynamodb-'));
  const path = join(directory, 'database');
  return {
    path,
    prepare: async () => {
      const database = new DatabaseSync(path);
      database.exec(
        'CREATE INDEX by_number ON _stream_records (table_name, CAST(sequence_number AS INTEGER))',
      );
      database.close();
      // The server has it open, and it goes with the server, however that ends.
      await rm(directory, { recursive: true });
    },
  };
}

async function roomyFolder(): Promise<string> {
  const { bavail, bsize } = await statfs(SHARED_MEMORY).catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize >= ENOUGH_BYTES ? SHARED_MEMORY : tmpdir();
}
