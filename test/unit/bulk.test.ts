import { describe, expect, test } from 'vitest';
import type { OutgoingMessage } from '../../shared/broker/broker.ts';
import { BulkChangedError } from '../../shared/bulk/enqueue-bulk.ts';
import { MAX_LINE_BYTES } from '../../shared/bulk/line-reader.ts';
import { BulkStopped } from '../../shared/bulk/send-lines.ts';
import { BrokerUnavailableError } from '../../shared/errors.ts';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { aBulkWorld, greeting, linesOf } from '../support/a-bulk-world.ts';
import { aDispatcher, BrokenBroker, PickyBroker } from '../support/a-dispatcher.ts';

/** Back after three calls. */
class RecoveringBroker extends MemoryBroker {
  #calls = 0;

  override publish(messages: readonly OutgoingMessage[]): Promise<undefined[]> {
    this.#calls += 1;
    if (this.#calls > 3) return super.publish(messages);
    return Promise.reject(new BrokerUnavailableError('main', 'throttled'));
  }
}

const fileOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

describe('a bulk file', () => {
  test('becomes a task a line, sent and recorded as the line says', async () => {
    const { run, work, runs, log } = aBulkWorld();
    const lines = [
      greeting('Ann'),
      greeting('Ben', { label: 'Good morning', owner: 'ben', masterStatus: true }),
      greeting('queue:fast'),
    ];

    const { done } = await run(fileOf(lines));

    expect(done).toMatchObject({ lines: 3, enqueued: 3, refused: 0 });
    expect((await log.list({ limit: 10 })).tasks).toHaveLength(3);
    await work();
    expect(runs).toMatchObject([
      { parameters: { whom: 'Ann' }, label: 'greet', masterStatus: false },
      { parameters: { whom: 'Ben' }, label: 'Good morning', owner: 'ben', masterStatus: true },
      { parameters: { whom: 'queue:fast' } },
    ]);
  });

  test('may have empty lines, Windows line ends, any Unicode, and no end of its last line', async () => {
    const { run, work, greeted } = aBulkWorld();

    const { done } = await run(`${greeting('Ann')}\r\n\n  \n${greeting('Zoë 🎈')}`);

    expect(done).toMatchObject({ lines: 4, enqueued: 2, refused: 0 });
    await work();
    expect(greeted()).toEqual(['Ann', 'Zoë 🎈']);
  });

  test('may begin with a byte order mark, and is refused where it is not UTF-8', async () => {
    const { run, work, greeted, refusals } = aBulkWorld();
    const latin1 = Buffer.from(greeting('Zoë'), 'latin1');

    const { done } = await run(
      Buffer.concat([Buffer.from(`\uFEFF${greeting('Ann')}\r\n`), latin1]),
    );

    expect(done).toMatchObject({ lines: 2, enqueued: 1, refused: 1 });
    expect(refusals).toMatchObject([{ line: 2, message: 'The line is not UTF-8.' }]);
    await work();
    expect(greeted()).toEqual(['Ann']);
  });

  test('of one name has nothing but parameters in its lines', async () => {
    const { run, work, runs } = aBulkWorld();
    const target = { table: 'log', name: 'greet', owner: 'ann', label: 'Hello' };

    await run('{"whom":"Ann"}\n{"whom":"Ben"}\n', { target });

    await work();
    expect(runs).toMatchObject([
      { name: 'greet', parameters: { whom: 'Ann' }, owner: 'ann', label: 'Hello' },
      { name: 'greet', parameters: { whom: 'Ben' }, owner: 'ann', label: 'Hello' },
    ]);
  });

  test('two equal lines are two tasks', async () => {
    const { run, work, greeted } = aBulkWorld();

    await run(fileOf([greeting('Ann'), greeting('Ann')]));

    await work();
    expect(greeted()).toEqual(['Ann', 'Ann']);
  });

  test('goes on behind a line that is refused, and says all that is wrong with it', async () => {
    const { run, work, greeted, refusals } = aBulkWorld();
    const lines = [
      greeting('Ann'),
      '{"name":"greet"',
      '[]',
      '{"name":"greet","parameters":{"whom":7},"label":8,"colour":"red"}',
      '{"name":"greet","parameters":{"whom":7,"when":1},"label":"","delaySeconds":901}',
      '{"name":"gret","parameters":{}}',
      greeting('queue:none'),
      greeting('x'.repeat(300_000)),
      greeting('Ben'),
    ];

    const { done } = await run(fileOf(lines));

    expect(done).toMatchObject({ lines: 9, enqueued: 2, refused: 7 });
    await work();
    expect(greeted()).toEqual(['Ann', 'Ben']);
    expect(refusals.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6, 7, 8]);
    expect(refusals.map(({ text }) => text)).toEqual(lines.slice(1, 8));
    const [json, , types, values, name, queue, size] = refusals;
    expect(json?.message).toContain('not JSON');
    expect(types?.problems.map(({ path }) => path)).toEqual(['label', '', 'parameters.whom']);
    expect(values?.problems.map(({ path }) => path).toSorted()).toEqual([
      'delaySeconds',
      'label',
      'parameters',
      'parameters.whom',
    ]);
    expect(name?.message).toContain('"gret"');
    expect(queue?.message).toContain('"none" is not registered');
    expect(size?.message).toContain('bytes');
  });

  test('a line that is longer than any task is refused without being kept', async () => {
    const { run, refusals, work, greeted } = aBulkWorld();
    const long = greeting('x'.repeat(MAX_LINE_BYTES));

    await run(fileOf([greeting('Ann'), long, greeting('Ben')]));

    expect(refusals).toMatchObject([{ line: 2, text: '' }]);
    await work();
    expect(greeted()).toEqual(['Ann', 'Ben']);
  });
});

describe('a bulk file that was enqueued', () => {
  const FILE = fileOf(linesOf(25));

  test('is not enqueued again', async () => {
    const { run, work, runs } = aBulkWorld();
    const first = await run(FILE, { windowLines: 10 });

    const second = await run(FILE, { windowLines: 10 });

    expect(second.done).toEqual(first.done);
    await work();
    expect(runs).toHaveLength(25);
  });

  test('is enqueued again without its journal, as new tasks', async () => {
    const { run, notes, work, runs } = aBulkWorld();
    await run(FILE);
    notes.length = 0;

    await run(FILE);

    await work();
    expect(runs).toHaveLength(50);
  });

  test('may grow: what was added is enqueued', async () => {
    const { run, work, greeted } = aBulkWorld();
    await run(FILE.trimEnd(), { windowLines: 10 });

    const { done } = await run(`${FILE}${greeting('one more')}\n`, { windowLines: 10 });

    expect(done).toMatchObject({ lines: 26, enqueued: 26 });
    await work();
    expect(greeted()).toHaveLength(26);
  });

  test.each([
    ['a line has changed', FILE.replace('person 3"', 'person 33"')],
    ['a line is gone', fileOf(linesOf(25).slice(1))],
    ['it is shorter', fileOf(linesOf(24))],
    ['its last line has grown', `${FILE.trimEnd()} `],
  ])('is refused when %s, with nothing sent', async (_case, changed) => {
    const { run, countMessages } = aBulkWorld();
    await run(FILE, { windowLines: 10 });
    const before = await countMessages();

    await expect(run(changed, { windowLines: 10 })).rejects.toBeInstanceOf(BulkChangedError);

    expect(await countMessages()).toBe(before);
  });
});

describe('when the broker is away', () => {
  test('its lines are sent again until they are accepted', async () => {
    const { run, log } = aBulkWorld();
    const broker = new RecoveringBroker();
    const { dispatcher } = aDispatcher({ broker, deps: { log } });

    const { done } = await run(fileOf(linesOf(3)), { dispatcher });

    expect(done).toMatchObject({ enqueued: 3, refused: 0 });
    expect(await broker.depth()).toMatchObject({ waiting: 3 });
  });

  test('for long, it ends with an error, and the next run goes on', async () => {
    const { run, work, greeted, log } = aBulkWorld();
    const { dispatcher } = aDispatcher({ broker: new BrokenBroker(), deps: { log } });
    const file = fileOf(linesOf(3));

    await expect(run(file, { dispatcher })).rejects.toBeInstanceOf(BrokerUnavailableError);
    const { done } = await run(file);

    expect(done).toMatchObject({ enqueued: 3 });
    await work();
    expect(greeted()).toHaveLength(3);
  });

  test('for one message of a batch, the others are not sent again', async () => {
    const { run, log } = aBulkWorld();
    const broker = new PickyBroker();
    const { dispatcher } = aDispatcher({ broker, deps: { log } });
    const file = fileOf([greeting('Ann'), greeting('Ben'), greeting('Cem')]);

    await expect(run(file, { dispatcher })).rejects.toBeInstanceOf(BrokerUnavailableError);

    expect(await broker.depth()).toMatchObject({ waiting: 2 });
  });
});

test('a run that is stopped begins no more lines, and the next one goes on', async () => {
  const { run, work, greeted } = aBulkWorld();
  const file = fileOf(linesOf(30));
  const stop = new AbortController();
  const onProgress = ({ done }: { done: { lines: number } }): void => {
    if (done.lines === 20) stop.abort();
  };

  const stopped = run(file, { windowLines: 10, stop: stop.signal, onProgress });
  await expect(stopped).rejects.toBeInstanceOf(BulkStopped);
  await work();
  expect(greeted()).toHaveLength(20);

  await run(file, { windowLines: 10 });
  await work();
  expect(greeted()).toHaveLength(30);
});
