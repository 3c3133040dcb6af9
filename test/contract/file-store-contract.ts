import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { FileStore, NewFile } from '../../shared/files/file-store.ts';

const MIB = 1024 * 1024;

export const aFile = (changes: Partial<NewFile> = {}): NewFile => ({
  key: 'files/01ARZ3NDEKTSV4RRFFQ69G5FAV/1',
  content: Buffer.from('row,score\n1,91\n'),
  contentType: 'text/csv',
  ...changes,
});

/** Bytes as they come from somewhere, in pieces whose sizes fit nothing. Fails at its end if told to. */
async function* source(bytes: number, failure?: Error): AsyncGenerator<Uint8Array> {
  const piece = Buffer.alloc(100_003, 'abcdefg');
  for (let sent = 0; sent < bytes; sent += piece.length) {
    yield piece.subarray(0, Math.min(piece.length, bytes - sent));
  }
  if (failure) throw failure;
}

const textOf = async (store: FileStore, key: string): Promise<string | undefined> => {
  const content = await store.get(key);
  return content && Buffer.from(content).toString();
};

/** Tests what every file store promises. Called once per adapter. */
export function describeFileStoreContract(createStore: () => Promise<FileStore>): void {
  test('what is stored is read back byte for byte', async () => {
    const store = await createStore();
    const content = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

    const bytes = await store.put(aFile({ content }));

    expect(bytes).toBe(256);
    expect(Buffer.from((await store.get(aFile().key)) ?? [])).toEqual(content);
  });

  test.each([0, 1, 100_003, 5 * MIB, 5 * MIB + 1, 11 * MIB])(
    'a stream of unknown length is stored whole, also one of %i bytes',
    async (length) => {
      const store = await createStore();

      const bytes = await store.put(aFile({ content: source(length) }));

      const stored = (await store.get(aFile().key)) ?? [];
      const sent = await buffer(source(length));
      expect(bytes).toBe(length);
      expect(Buffer.compare(Buffer.from(stored), sent)).toBe(0);
    },
  );

  test('a second file under the same key takes the place of the first', async () => {
    const store = await createStore();
    await store.put(aFile());

    await store.put(aFile({ content: Buffer.from('second') }));

    expect(await textOf(store, aFile().key)).toBe('second');
  });

  test('a file that was never stored is nothing', async () => {
    const store = await createStore();

    expect(await store.get('files/none')).toBeUndefined();
  });

  test('a deleted file is gone, and can be deleted again', async () => {
    const store = await createStore();
    await store.put(aFile());

    await store.delete(aFile().key);
    await store.delete(aFile().key);

    expect(await store.get(aFile().key)).toBeUndefined();
  });

  test('its address downloads a file, with its content type', async () => {
    const store = await createStore();
    await store.put(aFile());

    const response = await fetch(await store.downloadUrl(aFile().key, 60));

    expect(response.headers.get('content-type')).toBe('text/csv');
    expect(await response.text()).toBe('row,score\n1,91\n');
  });

  test.each([10, 6 * MIB])(
    'when its source fails after %i bytes, the error is thrown and the old file is kept',
    async (length) => {
      const store = await createStore();
      await store.put(aFile());
      const failure = new Error('the disk is on fire');

      const put = store.put(aFile({ content: source(length, failure) }));

      await expect(put).rejects.toBe(failure);
      expect(await textOf(store, aFile().key)).toBe('row,score\n1,91\n');
    },
  );

  test('a transfer that is given up before it began, or under way, stores nothing', async () => {
    const store = await createStore();
    const reason = new Error('the worker is stopping');
    const underWay = new AbortController();
    async function* interrupted(): AsyncGenerator<Uint8Array> {
      yield* source(6 * MIB);
      underWay.abort(reason);
      yield* source(6 * MIB);
    }

    const early = store.put(aFile({ signal: AbortSignal.abort(reason) }));
    await expect(early).rejects.toBe(reason);
    const late = store.put(aFile({ content: interrupted(), signal: underWay.signal }));
    await expect(late).rejects.toBe(reason);

    expect(await store.get(aFile().key)).toBeUndefined();
  });
}
