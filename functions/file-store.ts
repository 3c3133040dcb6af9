import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { BucketAddress } from '../shared/config/resources.ts';
import type { FileStore } from '../shared/files/file-store.ts';
import { S3FileStore } from '../shared/files/s3-file-store.ts';

/** A dead host must not cost a caller more than this before the next attempt, in milliseconds. */
const CONNECTION_TIMEOUT_MS = 3000;
/** A connection on which nothing moves for this long goes nowhere. A large file may well take longer. */
const SOCKET_TIMEOUT_MS = 10_000;

/** Region and credentials, and where requests go instead of to AWS. */
export type FileStoreAccess = Pick<S3ClientConfig, 'region' | 'credentials'> & {
  readonly endpoint: string | undefined;
};

/**
 * For processes that store or read files. It brings the SDK's S3 client with it, which makes a bundle
 * a third larger: the enqueue function goes without.
 */
export function createFileStore(
  { name }: BucketAddress,
  { region, credentials, endpoint }: FileStoreAccess,
  meter?: (client: S3Client) => void,
): FileStore {
  const client = new S3Client({
    ...(region && { region }),
    ...(credentials && { credentials }),
    // An emulator has one host for all buckets.
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    // With what comes before and after, within the 29 s of the functions that read files.
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      socketTimeout: SOCKET_TIMEOUT_MS,
    },
  });
  meter?.(client);
  return new S3FileStore(client, name);
}
