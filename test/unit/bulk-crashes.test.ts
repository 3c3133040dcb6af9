import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BulkChangedError } from '../../shared/bulk/enqueue-bulk.ts';
import { aBulkWorld, linesOf } from '../support/a-bulk-world.ts';

const LINES = 25;
const FILE = linesOf(LINES)
  .map((line) => `${line}\n`)
  .join('');
const EVERYBODY = Array.from({ length: LINES }, (_, index) => `person ${index + 1}`).toSorted();
const WINDOW = { windowLines: 10 };

/** Writes of an undisturbed run: 4 of the journal, 3 batches, one record per line. */
const WRITES = 4 + 3 + LINES;

describe('a bulk run that is killed', () => {
  test('after any of its writes goes on when repeated: every line is one task, run once', async () => {
    for (let writes = 1; writes <= WRITES; writes++) {
      for (const isWorkedBetween of [false, true]) {
        const { run, work, greeted, log } = aBulkWorld();
        await run(FILE, { ...WINDOW, writes }).catch(() => undefined);
        if (isWorkedBetween) await work();

        const { done } = await run(FILE, WINDOW);

        expect(done).toMatchObject({ lines: LINES, enqueued: LINES, refused: 0 });
        await work();
        expect(greeted(), `killed after ${writes} writes`).toEqual(EVERYBODY);
        expect((await log.list({ limit: 100 })).tasks).toHaveLength(LINES);
      }
    }
  });

  test('and leaves the first records to the workers still makes each line one task, run once', async () => {
    // 4 of the journal, 3 batches.
    for (let writes = 1; writes <= 7; writes++) {
      for (const isWorkedBetween of [false, true]) {
        const { run, work, greeted, log } = aBulkWorld();
        const options = { ...WINDOW, withoutRecords: true };
        await run(FILE, { ...options, writes }).catch(() => undefined);
        if (isWorkedBetween) await work();

        await run(FILE, options);

        await work();
        expect(greeted(), `killed after ${writes} writes`).toEqual(EVERYBODY);
        expect((await log.list({ limit: 100 })).tasks).toHaveLength(LINES);
      }
    }
  });

  test('sends no message twice but of its last window, and of that only what has no record', async () => {
    for (let writes = 1; writes <= WRITES; writes++) {
      const { run, countMessages, log } = aBulkWorld();
      await run(FILE, { ...WINDOW, writes }).catch(() => undefined);
      const sent = await countMessages();
      const recorded = (await log.list({ limit: 100 })).tasks.length;

      await run(FILE, WINDOW);

      expect(await countMessages()).toBe(sent + LINES - recorded);
      expect(sent - recorded).toBeLessThanOrEqual(WINDOW.windowLines);
    }
  });

  test('again and again, with workers in between, still makes each line one task', async () => {
    const step = fc.record({
      writes: fc.integer({ min: 1, max: 15 }),
      isWorked: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
        const { run, work, greeted } = aBulkWorld();
        for (const { writes, isWorked } of steps) {
          await run(FILE, { ...WINDOW, writes }).catch(() => undefined);
          if (isWorked) await work();
        }

        await run(FILE, WINDOW);
        await work();

        expect(greeted()).toEqual(EVERYBODY);
      }),
      { numRuns: 50 },
    );
  });

  test('is refused when a line has changed that may have been sent, with nothing sent', async () => {
    const { run, countMessages } = aBulkWorld();
    // The journal, and the first window's messages.
    await run(FILE, { ...WINDOW, writes: 2 }).catch(() => undefined);

    const changed = run(FILE.replace('person 3"', 'person 33"'), WINDOW);

    await expect(changed).rejects.toBeInstanceOf(BulkChangedError);
    expect(await countMessages()).toBe(WINDOW.windowLines);
  });

  test('may have grown, or changed where it had not come to', async () => {
    const { run, work, greeted } = aBulkWorld();
    await run(FILE, { ...WINDOW, writes: 2 }).catch(() => undefined);

    await run(FILE.replace('person 20"', 'somebody else"'), WINDOW);

    await work();
    expect(greeted()).toEqual(
      EVERYBODY.map((whom) => (whom === 'person 20' ? 'somebody else' : whom)).toSorted(),
    );
  });
});
