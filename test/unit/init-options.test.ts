import { expect, test } from 'vitest';
import { initProblems } from '../../functions/cli/configuration/init-options.ts';

test.each([
  [{ queue: 'main' }, '--queue needs --broker or --receive'],
  [{ persistence: 'default' }, '--persistence needs --broker or --log'],
  [{ broker: 'sqs', persistence: 'default' }, '--persistence does not apply to the broker sqs'],
  [{ broker: 'memory', receive: 3 }, '--receive does not apply to the broker memory'],
  [{ broker: 'memory', awsProfile: 'ops' }, '--aws-profile does not apply to the broker memory'],
  [{ strategy: 'fifo' }, 'There is no strategy "fifo". Accepted: weighted,'],
  [{ live: true }, '--live needs --receive or --strategy'],
  [{ live: true, receive: 3, move: true }, '--live cannot be combined with --move'],
  [{ live: true, receive: 3, broker: 'sqs' }, '--live cannot be combined with --broker'],
])('%o is refused: %s', (options, problem) => {
  expect(initProblems(options)).toEqual([expect.stringContaining(problem)]);
});

test('one error lists every problem', () => {
  expect(initProblems({ broker: 'redis', strategy: 'fifo' })).toHaveLength(2);
});

test.each([
  {},
  { broker: 'sqs', receive: 10, queue: 'main', awsProfile: 'ops' },
  { broker: 'memory', move: true },
  { live: true, receive: 3, queue: 'main' },
])('%o is fine', (options) => {
  expect(initProblems(options)).toEqual([]);
});
