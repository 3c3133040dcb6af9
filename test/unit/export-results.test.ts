import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { exportResultsHandler } from '../../functions/tasks/export-results/handler.ts';
import { ParametersInvalidError } from '../../shared/errors.ts';
import { aContext } from '../support/a-context.ts';

afterEach(() => vi.unstubAllEnvs());
describe('export-results', () => {
  let parent: string;
  let directory: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'export-'));
    directory = join(parent, 'made', 'by', 'the', 'task');
    vi.stubEnv('EXPORT_DIRECTORY', directory);
  });
  afterEach(() => rmSync(parent, { recursive: true }));

  test.each([1, 999, 1000, 1001, 2500])('writes all %i rows below a header', async (rows) => {
    const report = await exportResultsHandler.run({ deliveryId: 'd-1', rows }, aContext());

    const file = join(directory, 'd-1.csv');
    const [header, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(header).toBe('row,participant,score');
    expect(lines.map((line) => Number(line.split(',')[0]))).toEqual(
      Array.from({ length: rows }, (_, index) => index + 1),
    );
    expect(lines.every((line) => /^\d+,d-1-p\d+,\d+$/.test(line))).toBe(true);
    expect(report).toMatchObject({ type: 'success', data: { file, rows } });
    expect(readdirSync(directory)).toEqual(['d-1.csv']);
  });

  test('reports the checksum of the file as it is', async () => {
    const report = await exportResultsHandler.run({ deliveryId: 'd-1', rows: 12 }, aContext());

    const file = readFileSync(join(directory, 'd-1.csv'));
    const sha256 = createHash('sha256').update(file).digest('hex');
    expect(report?.data).toMatchObject({ sha256 });
  });

  test('exports the same file for one delivery every time, and another for another', async () => {
    const exported = async (deliveryId: string): Promise<string> => {
      await exportResultsHandler.run({ deliveryId, rows: 1500 }, aContext());
      return createHash('sha256')
        .update(readFileSync(join(directory, `${deliveryId}.csv`)))
        .digest('hex');
    };

    const [first, again, other] = [
      await exported('d-1'),
      await exported('d-1'),
      await exported('d-2'),
    ];

    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  test('shows its progress after every thousand rows', async () => {
    const context = aContext();

    await exportResultsHandler.run({ deliveryId: 'd-1', rows: 4000 }, context);

    expect(context.progressed).toEqual(
      [25, 50, 75, 100].map((percent) => ({ percent, message: 'rows written' })),
    );
  });

  test('stops when it is told to, and leaves no file that looks complete', async () => {
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
    expect(readdirSync(directory)).not.toContain('d-1.csv');
  });

  test('a second attempt completes what an aborted one began', async () => {
    const { taskId } = aContext();
    const aborted = aContext({ taskId, signal: AbortSignal.abort() });
    await exportResultsHandler.run({ deliveryId: 'd-1', rows: 10 }, aborted).catch(() => {});

    await exportResultsHandler.run({ deliveryId: 'd-1', rows: 10 }, aContext({ taskId }));

    expect(readdirSync(directory)).toEqual(['d-1.csv']);
  });

  test.each(['../d-1', '', 'a/b', 'x'.repeat(65)])(
    'refuses "%s", which is no delivery id, and writes nothing',
    async (deliveryId) => {
      const run = exportResultsHandler.run({ deliveryId, rows: 1 }, aContext());

      await expect(run).rejects.toBeInstanceOf(ParametersInvalidError);
      expect(readdirSync(parent)).toEqual([]);
    },
  );

  test('goes to the priority queue for a VIP delivery only', () => {
    const { queue } = exportResultsHandler.definition;

    expect(queue?.({ deliveryId: 'vip-1', rows: 1 })).toBe('priority');
    expect(queue?.({ deliveryId: 'd-1', rows: 1 })).toBeUndefined();
  });
});
