import { expect, test } from 'vitest';
import type { TaskEvent, TaskEvents } from '../../shared/events/task-events.ts';
import { aTaskEvent } from '../support/a-task-event.ts';

export type TaskEventsHarness = {
  readonly events: TaskEvents;
  /** The events that arrived. */
  readonly arrived: () => TaskEvent[];
};

/** Tests what every publisher of task events promises. Called once per adapter. */
export function describeTaskEventsContract(createHarness: () => Promise<TaskEventsHarness>): void {
  test('an event arrives as it was', async () => {
    const { events, arrived } = await createHarness();
    const event = aTaskEvent({ label: 'Übung „√“', parentId: 'p-1' });

    const answers = await events.emit([event]);

    expect(answers).toEqual([undefined]);
    expect(arrived()).toEqual([event]);
  });

  test('of many events each arrives, and is answered', async () => {
    const { events, arrived } = await createHarness();
    const many = Array.from({ length: 25 }, (_, index) => aTaskEvent({ label: `Task ${index}` }));

    const answers = await events.emit(many);

    expect(answers).toEqual(many.map(() => undefined));
    expect(arrived()).toEqual(many);
  });

  test('no event is no work', async () => {
    const { events, arrived } = await createHarness();

    expect(await events.emit([])).toEqual([]);
    expect(arrived()).toEqual([]);
  });
}
