import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { eventIn, type TaskEvent } from '../../shared/events/task-events.ts';
import { partitionOf } from '../../shared/ids.ts';

const PAGE = new URL('../../docs/events.md', import.meta.url);

test('the event in docs/events.md is what such a task really makes', () => {
  const blocks = [...readFileSync(PAGE, 'utf8').matchAll(/```json\n(.+?)```/gs)];
  const example = JSON.parse(blocks[1]?.[1] ?? '') as {
    'detail-type': string;
    detail: Omit<TaskEvent, 'type'>;
  };
  const { id, attempt, ...texts } = example.detail.task;
  const Keys = { pk: { S: `T#${partitionOf(id)}` }, sk: { S: id } };
  const attributes = Object.entries(texts).map(([name, text]) => [name, { S: text }] as const);
  const NewImage = { ...Object.fromEntries(attributes), claims: { N: `${attempt}` } };

  const event = eventIn({ dynamodb: { Keys, NewImage, SequenceNumber: '1' } });

  expect(event).toEqual({ type: example['detail-type'], ...example.detail });
});
