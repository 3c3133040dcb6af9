import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { exportResultsHandler } from '../../functions/tasks/export-results/handler.ts';
import { FilesUnavailableError, ParametersInvalidError } from '../../shared/errors.ts';
import { aContext } from '../support/a-context.ts';

describe('export-results', () => {
  let scratch: string;
  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'export-'));
    vi.stubEnv('TMPDIR', scratch);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(scratch, { recursive: true });
  });

  /** Runs one attempt, and returns its report and the file it stored. */
  async function exported(deliveryId: string, rows: number) {
    const context = aContext();
    const report = await exportResultsHandler.run({ deliveryId, rows }, context);
    const [file] = context.files;
    if (!file) throw new Error('no file was stored');
    return { report, file, context };
  }

  test.each([1, 999, 1000, 1001, 2500])('stores all %i rows below a header', async (rows) => {
    const { report, file } = await exported('d-1', rows);

    const [header, ...lines] = file.text.trimEnd().split('\n');
    expect(header).toBe('row,participant,score');
    expect(lines.map((line) => Number(line.split(',')[0]))).toEqual(
      Array.from({ length: rows }, (_, index) => index + 1),
    );
    expect(lines.every((line) => /^\d+,d-1-p\d+,\d+$/.test(line))).toBe(true);
    expect(file).toMatchObject({ name: 'd-1.csv', contentType: 'text/csv' });
    expect(report).toMatchObject({ type: 'success', data: { file: 'd-1.csv', rows } });
  });

  test('reports the checksum of the file as it is', async () => {
    const { report, file } = await exported('d-1', 12);

    const sha256 = createHash('sha256').update(file.text).digest('hex');
    expect(report?.data).toMatchObject({ sha256 });
  });

  test('exports the same file for one delivery every time, and another for another', async () => {
    const first = await exported('d-1', 1500);
    const again = await exported('d-1', 1500);
    const other = await exported('d-2', 1500);

    expect(again.file.text).toBe(first.file.text);
    expect(other.file.text).not.toBe(first.file.text);
  });

  test('shows its progress after every thousand rows', async () => {
    const { context } = await exported('d-1', 4000);

    expect(context.progressed).toEqual(
      [25, 50, 75, 100].map((percent) => ({ percent, message: 'rows written' })),
    );
  });

  test('stops when its signal aborts, and stores nothing', async () => {
    const abort = new AbortController();
    let chunks = 0;
    const context = aContext({
      signal: abort.signal,
      progress: async () => {
        chunks += 1;
        if (chunks === 2) abort.abort(new Error('the worker is stopping'));
      },
    });

    const run = exportResultsHandler.run({ deliveryId: 'd-1', rows: 100_000 }, context);

    await expect(run).rejects.toThrow('the worker is stopping');
    expect(chunks).toBe(2);
    expect(context.files).toEqual([]);
  });

  test('leaves nothing on the worker’s disk, whether it works or not', async () => {
    const storeFile = () => Promise.reject(new FilesUnavailableError('put', 'SlowDown'));

    await exported('d-1', 10);
    const run = exportResultsHandler.run({ deliveryId: 'd-1', rows: 10 }, aContext({ storeFile }));

    await expect(run).rejects.toBeInstanceOf(FilesUnavailableError);
    expect(readdirSync(scratch)).toEqual([]);
  });

  test.each(['../d-1', '', 'a/b', 'x'.repeat(65)])(
    'refuses "%s", which is no delivery id, and writes nothing',
    async (deliveryId) => {
      const context = aContext();
      const run = exportResultsHandler.run({ deliveryId, rows: 1 }, context);

      await expect(run).rejects.toBeInstanceOf(ParametersInvalidError);
      expect(context.files).toEqual([]);
      expect(readdirSync(scratch)).toEqual([]);
    },
  );

  test('goes to the priority queue for a VIP delivery only', () => {
    const { queue } = exportResultsHandler.definition;

    expect(queue?.({ deliveryId: 'vip-1', rows: 1 })).toBe('priority');
    expect(queue?.({ deliveryId: 'd-1', rows: 1 })).toBeUndefined();
  });
});
