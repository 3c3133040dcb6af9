import type { S3Client } from '@aws-sdk/client-s3';
import type { Access } from '../../shared/aws/signed-http.ts';
import type { BucketAddress } from '../../shared/deployment/resources.ts';
import type { FileStore } from '../../shared/files/file-store.ts';
import { S3FileStore } from '../../shared/s3/file-store.ts';
import type { Opened } from './storage.ts';

/** A dead host must not cost a caller more than this before the next attempt, in milliseconds. */
const CONNECTION_TIMEOUT_MS = 3000;
/** A connection on which nothing moves for this long goes nowhere. A large file may well take longer. */
const SOCKET_TIMEOUT_MS = 10_000;

/** Region and credentials, and where requests go instead of to AWS. */
export type FileStoreAccess = Access & { readonly endpoint: string | undefined };

/**
 * For processes that run tasks, which may store files of any length. It loads the SDK's S3 client with
 * the first one; a Lambda's bundle would be half as large again.
 */
export function createFileStore(
  bucket: BucketAddress,
  { region, credentials, endpoint }: FileStoreAccess,
  opened?: Opened,
  meter?: (client: S3Client) => void,
): FileStore {
  const createClient = async (): Promise<S3Client> => {
    const { S3Client } = await import('@aws-sdk/client-s3');
    const client = new S3Client({
      region,
      credentials,
      endpoint,
      // An emulator has one host for all buckets.
      forcePathStyle: endpoint !== undefined,
      requestHandler: {
        connectionTimeout: CONNECTION_TIMEOUT_MS,
        socketTimeout: SOCKET_TIMEOUT_MS,
      },
    });
    opened?.(() => client.destroy());
    meter?.(client);
    return client;
  };
  let client: Promise<S3Client> | undefined;
  const theClient = (): Promise<S3Client> => {
    client ??= createClient();
    return client;
  };
  const store = new S3FileStore(theClient, bucket, { region, credentials });
  opened?.(() => store.destroy());
  return store;
}
