import { expect, test } from 'vitest';
import { optionProblems } from '../../functions/cli/configuration/broker-options.ts';

test.each([
  [{ queue: 'main' }, '--queue needs --broker or --receive'],
  [{ persistence: 'default' }, '--persistence needs --broker or --log'],
  [{ broker: 'sqs', persistence: 'default' }, '--persistence is not for the broker sqs'],
  [{ broker: 'memory', receive: 3 }, '--receive is not for memory'],
  [{ broker: 'memory', awsProfile: 'ops' }, '--aws-profile is not for the broker memory'],
  [{ strategy: 'fifo' }, 'Strategy "fifo" does not exist. There are: weighted,'],
  [{ live: true }, '--live needs --receive or --strategy'],
  [{ live: true, receive: 3, move: true }, '--live cannot be combined with --move'],
  [{ live: true, receive: 3, broker: 'sqs' }, '--live cannot be combined with --broker'],
])('%o is refused: %s', (options, problem) => {
  expect(optionProblems(options)).toEqual([expect.stringContaining(problem)]);
});

test('everything that is wrong is told at once', () => {
  expect(optionProblems({ broker: 'redis', strategy: 'fifo' })).toHaveLength(2);
});

test.each([
  {},
  { broker: 'sqs', receive: 10, queue: 'main', awsProfile: 'ops' },
  { broker: 'memory', move: true },
  { live: true, receive: 3, queue: 'main' },
  { strategy: '\\oat\\tao\\model\\taskQueue\\Queue\\TaskSelector\\WeightStrategy' },
])('%o is fine', (options) => {
  expect(optionProblems(options)).toEqual([]);
});
