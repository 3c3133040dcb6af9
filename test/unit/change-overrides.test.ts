import { describe, expect, test } from 'vitest';
import {
  changeOverrides,
  pausing,
  resuming,
  unweighing,
  weighing,
} from '../../shared/control/change-overrides.ts';

import type { Overrides } from '../../shared/control/overrides.ts';
import { ConfigInvalidError, ControlConflictError } from '../../shared/errors.ts';
import { MemoryControlStore } from '../../shared/memory/stores.ts';
import { aConfig } from '../support/a-config.ts';

const config = aConfig({
  queues: [
    { name: 'main', weight: 90, broker: { type: 'sqs' } },
    { name: 'slow', weight: 10, broker: { type: 'sqs' } },
  ],
});

function setup(control = new MemoryControlStore()) {
  const options = { control, config, changedBy: 'ann@laptop', wait: async () => undefined };
  const change = (how: (overrides: Overrides) => Overrides) => changeOverrides(how, options);
  const overrides = async () => (await control.read()).overrides;
  return { control, change, overrides };
}

/** Somebody else is faster, so many times. */
class ContestedStore extends MemoryControlStore {
  #rivals: number;

  constructor(rivals: number) {
    super();
    this.#rivals = rivals;
  }

  override async write(version: number, overrides: Overrides, changedBy: string) {
    if (this.#rivals-- > 0) {
      const { overrides: theirs } = await this.read();
      await super.write(version, { ...theirs, strategy: 'strict-priority' }, 'ben');
    }
    return super.write(version, overrides, changedBy);
  }
}

describe('changing the live settings', () => {
  test('records who did it, and leaves the other settings alone', async () => {
    const { control, change } = setup();
    await change(pausing(['slow']));

    const { record, isChanged } = await change(weighing(new Map([['main', 50]])));

    expect(isChanged).toBe(true);
    expect(record).toMatchObject({ version: 2, changedBy: 'ann@laptop' });
    expect((await control.read()).overrides).toEqual({
      queues: { slow: { paused: true }, main: { weight: 50 } },
    });
  });

  test('keeps both of two simultaneous changes', async () => {
    const { change, overrides } = setup(new ContestedStore(2));

    await change(pausing([]));

    expect(await overrides()).toEqual({ paused: true, strategy: 'strict-priority' });
  });

  test('fails when other changes keep coming first', async () => {
    const { change } = setup(new ContestedStore(100));

    await expect(change(pausing([]))).rejects.toBeInstanceOf(ControlConflictError);
  });

  test('writes nothing without a change', async () => {
    const { control, change } = setup();
    await change(pausing(['slow']));

    expect(await change(pausing(['slow']))).toMatchObject({ isChanged: false });
    expect(await change(resuming(['main']))).toMatchObject({ isChanged: false });
    expect((await control.read()).version).toBe(1);
  });

  test('writes nothing that workers would refuse, and names every problem', async () => {
    const { control, change } = setup();

    const refused = change(
      weighing(
        new Map([
          ['main', 0],
          ['fast', 1],
        ]),
      ),
    );

    await expect(refused).rejects.toBeInstanceOf(ConfigInvalidError);
    await expect(refused).rejects.toThrow(/queues\.main\.weight/);
    expect((await control.read()).version).toBe(0);
  });

  test('ignores queues that only a newer deployment has', async () => {
    const { control, change, overrides } = setup();
    await control.write(0, { queues: { newer: { weight: 5 } } }, 'ben');

    await change(pausing(['slow']));

    expect(await overrides()).toEqual({
      queues: { newer: { weight: 5 }, slow: { paused: true } },
    });
  });
});

describe('resuming', () => {
  test('all queues leaves those paused that were paused by name', async () => {
    const { change, overrides } = setup();
    await change(pausing(['slow']));
    await change(pausing([]));

    await change(resuming([]));

    expect(await overrides()).toEqual({ queues: { slow: { paused: true } } });
  });

  test('a queue removes its entry from the record', async () => {
    const { change, overrides } = setup();
    await change(pausing(['slow']));

    await change(resuming(['slow']));

    expect(await overrides()).toEqual({});
  });
});

test('resetting the weights keeps the pauses; of one queue, also the weights of others', async () => {
  const { change, overrides } = setup();
  await change(pausing(['slow']));
  await change(
    weighing(
      new Map([
        ['main', 1],
        ['slow', 2],
      ]),
    ),
  );

  await change(unweighing(['main']));
  const afterOne = await overrides();
  await change(unweighing([]));

  expect(afterOne).toEqual({ queues: { slow: { paused: true, weight: 2 } } });
  expect(await overrides()).toEqual({ queues: { slow: { paused: true } } });
});
