import { describe, expect, inject, test } from 'vitest';
import { freePort } from '../../functions/dev/servers/ports.ts';
import { FilesUnavailableError } from '../../shared/errors.ts';
import { S3FileStore } from '../../shared/s3/file-store.ts';
import { aConfig } from '../support/a-config.ts';
import { ACCESS, ownResources, s3Client } from '../support/aws.ts';
import { aFile, describeFileStoreContract } from './file-store-contract.ts';

const NOBODYS = { name: 'nobody-made-this', url: `${inject('endpoints').s3}/nobody-made-this` };

async function createStore(): Promise<S3FileStore> {
  const { bucket } = await ownResources(aConfig());
  return new S3FileStore(async () => s3Client(), bucket ?? NOBODYS, ACCESS);
}

describe('S3FileStore', () => {
  describeFileStoreContract(createStore);

  test.each([
    ['results.csv', `attachment; filename="results.csv"; filename*=UTF-8''results.csv`],
    [
      'Ergebnisse ü.csv',
      `attachment; filename="Ergebnisse _.csv"; filename*=UTF-8''Ergebnisse%20%C3%BC.csv`,
    ],
  ])('a browser saves a download as "%s"', async (name, header) => {
    const store = await createStore();
    await store.put(aFile({ name }));

    const response = await fetch(await store.downloadUrl(aFile().key, 60));

    expect(response.headers.get('content-disposition')).toBe(header);
  });

  test('an address is signed, for as long as was asked for', async () => {
    const store = await createStore();

    const { searchParams } = new URL(await store.downloadUrl('files/1', 300));

    expect(Object.fromEntries(searchParams)).toMatchObject({
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Expires': '300',
      'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('a missing bucket is an error, not a store without files', async () => {
    const store = new S3FileStore(async () => s3Client(), NOBODYS, ACCESS);

    await expect(store.get('files/1')).rejects.toMatchObject({
      code: 'FILES_UNAVAILABLE',
      cause: { name: 'NoSuchBucket' },
    });
  });

  test('when S3 cannot be reached, every call says so', async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    const store = new S3FileStore(
      async () => s3Client(endpoint),
      { name: 'a-bucket', url: `${endpoint}/a-bucket` },
      ACCESS,
    );

    const calls = [store.put(aFile()), store.get('files/1'), store.delete('files/1')];

    for (const call of await Promise.allSettled(calls)) {
      expect(call).toMatchObject({ reason: expect.any(FilesUnavailableError) });
    }
  });
});
