import { expect, test } from 'vitest';
import { updateOf } from '../../shared/dynamodb/task-log/update-task.ts';

const since = { condition: '#status = :status', values: { ':status': 'enqueued' } };

test('a condition may have a value with the name of an attribute that is written', () => {
  const update = updateOf({ set: { status: 'running' }, ...since });

  expect(update).toEqual({
    UpdateExpression: 'SET #status = :new_status  ',
    ConditionExpression: '#status = :status',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ':new_status': 'running', ':status': 'enqueued' },
  });
});

test('a value of a condition cannot take the place of a written attribute', () => {
  // @ts-expect-error: the placeholders of written attributes are reserved.
  updateOf({ set: { queue: 'main' }, condition: since.condition, values: { ':new_queue': 'x' } });
});

test('an update sets, adds to and removes attributes', () => {
  const update = updateOf({
    set: { queue: 'main', file: undefined },
    setIfAbsent: { snoozes: 0 },
    add: { claims: 1 },
    remove: ['dueAt'],
    ...since,
  });

  expect(update.UpdateExpression).toBe(
    'SET #queue = :new_queue, #snoozes = if_not_exists(#snoozes, :new_snoozes) ' +
      'ADD #claims :new_claims REMOVE #dueAt, #file',
  );
});
