import {
  GetBucketLifecycleConfigurationCommand,
  HeadBucketCommand,
  type LifecycleRule,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { BucketState } from '../check/seen.ts';

/** Reads the expiration rules of a bucket. @throws any error of S3 */
export async function bucketState(s3: S3Client, Bucket: string): Promise<BucketState> {
  await s3.send(new HeadBucketCommand({ Bucket }));
  const rules = await rulesOf(s3, Bucket);
  const expirations = rules.flatMap(({ Expiration, Filter }) =>
    Expiration?.Days === undefined ? [] : [[Filter?.Prefix ?? '', Expiration.Days] as const],
  );
  return { expirationDays: Object.fromEntries(expirations) };
}

async function rulesOf(s3: S3Client, Bucket: string): Promise<LifecycleRule[]> {
  try {
    const { Rules = [] } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    return Rules;
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchLifecycleConfiguration') return [];
    throw error;
  }
}
