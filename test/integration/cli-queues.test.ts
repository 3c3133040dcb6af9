import { describe, expect, test } from 'vitest';
import { aBroker } from '../support/a-config.ts';
import { aSuiteCli } from '../support/a-suite-cli.ts';
import { aTask } from '../support/a-task.ts';
import { aCli } from '../support/cli.ts';

const queues = [
  { name: 'main', weight: 75, broker: aBroker() },
  { name: 'slow', weight: 25, broker: aBroker() },
];
const cli = aSuiteCli({ queues });

const live = async () => (await cli().wiring.control.read()).overrides;

describe('task-queue queues', () => {
  test('tells depth, age of the oldest, weight, share, dead letters and pauses', async () => {
    const { brokers, log, control } = cli().wiring;
    await brokers
      .get('main')
      ?.publish([{ body: 'a' }, { body: 'b' }, { body: 'c', delaySeconds: 900 }]);
    await brokers.get('main')?.receive({ max: 1, waitSeconds: 0, leaseSeconds: 60 });
    const slow = brokers.get('slow');
    await slow?.publish([{ body: 'dead' }]);
    const [letter] = (await slow?.receive({ max: 1, waitSeconds: 0, leaseSeconds: 60 })) ?? [];
    if (!letter) throw new Error('nothing was delivered');
    await slow?.deadLetter(letter, 'of a test');
    await slow?.ack([letter]);
    await log.recordEnqueued(
      aTask({ createdAt: new Date(Date.now() - 600_000).toISOString() }),
      'main',
    );
    const { version } = await control.read();
    await control.write(
      version,
      { queues: { main: { weight: 25 }, slow: { paused: true } } },
      'ben',
    );

    const table = await cli().run(['queues']);
    const json = await cli().json<{ queues: unknown[] }>('queues');

    expect(table.code).toBe(0);
    expect(table.output.replaceAll(/ +/g, ' ')).toBe(
      'queue waiting in flight delayed oldest weight share dead letters\n' +
        'main 1 1 1 10 min 25 (configured: 75) 100.0 % 0\n' +
        'slow 0 0 0 - 25 0.0 % 1 paused\n',
    );
    expect(json.queues).toMatchObject([
      {
        name: 'main',
        broker: aBroker().type,
        depth: { waiting: 1, inFlight: 1, delayed: 1 },
        share: 1,
        isOldestCertain: true,
      },
      { name: 'slow', deadLetters: 1, paused: true, weightFrom: 'configuration' },
    ]);
  });
});

describe('task-queue pause and resume', () => {
  test('pause one queue, then all, and tell what stays paused', async () => {
    const own = await aCli({ queues });

    const one = await own.run(['pause', '--queue', 'slow']);
    const all = await own.run(['pause']);
    const record = await own.wiring.control.read();
    const resumed = await own.run(['resume']);

    expect(one).toEqual({
      code: 0,
      output: 'Running; paused by name: slow.\n',
      errors: 'Workers follow within 30 s.\n',
    });
    expect(all.output).toBe('All queues are paused. Also paused by name: slow.\n');
    expect(record.overrides).toEqual({ paused: true, queues: { slow: { paused: true } } });
    expect(record.changedBy).toMatch(/^.+@.+$/);
    expect(resumed.output).toBe('Running; paused by name: slow.\n');
    expect((await own.wiring.control.read()).overrides).toEqual({
      queues: { slow: { paused: true } },
    });
  });

  test('a queue that there is not is refused, and what was meant is suggested', async () => {
    const before = await live();

    const { code, errors } = await cli().run(['pause', '--queue', 'maim,slow']);

    expect(code).toBe(2);
    expect(errors).toContain('"maim" is not a queue. Did you mean "main"?');
    expect(await live()).toEqual(before);
  });
});

describe('task-queue weights', () => {
  test('set changes them while workers run, reset goes back, and both show the shares', async () => {
    const own = await aCli({ queues });

    const set = await own.run(['weights', 'set', 'main=60', 'slow=40']);
    const written = (await own.wiring.control.read()).overrides;
    const reset = await own.run(['weights', 'reset']);

    expect(set).toMatchObject({ code: 0, errors: 'Workers follow within 30 s.\n' });
    expect(set.output.replaceAll(/ +/g, ' ')).toContain('main 60 75 60.0 % live settings\n');
    expect(written).toEqual({ queues: { main: { weight: 60 }, slow: { weight: 40 } } });
    expect(reset.output.replaceAll(/ +/g, ' ')).toContain('main 75 75 75.0 % configuration\n');
    expect((await own.wiring.control.read()).overrides).toEqual({});
  });

  test('what is no weight is refused, all at once, and nothing is written', async () => {
    const before = await live();

    const usage = await cli().run(['weights', 'set', 'main', 'slow=x']);
    const range = await cli().run(['weights', 'set', 'main=0', 'slow=10001']);

    expect(usage.code).toBe(2);
    expect(usage.errors).toContain('"main" is not of the form queue=weight');
    expect(usage.errors).toContain('"slow=x" is not of the form queue=weight');
    expect(usage.errors).not.toContain('Specify each queue only once.');
    expect(range.code).toBe(1);
    expect(range.errors).toContain('queues.main.weight');
    expect(range.errors).toContain('queues.slow.weight');
    expect(await live()).toEqual(before);
  });
});
