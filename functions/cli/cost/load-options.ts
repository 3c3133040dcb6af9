import { type Command, Option } from 'commander';
import { MAX_PARAMETERS_BYTES } from '../../../shared/limits.ts';
import { wholeNumber } from '../kit/options/parse-option.ts';

/** What is asked of the tasks that are counted. */
export type LoadOptions = {
  readonly tasks: number;
  readonly batch: number;
  readonly payloadBytes: number;
  readonly fileBytes: number;
  readonly owner?: boolean;
  readonly prices?: string;
};

export const pricesOption = (): Option =>
  new Option('--prices <file>', 'other prices, in the form of `cost prices --json`');

export const addLoadOptions = (command: Command): Command =>
  command
    .option('--tasks <n>', 'tasks to run in each queue, 10 to 10,000', wholeNumber(10, 10_000), 100)
    .option('--batch <n>', 'tasks in one request to enqueue, 1 to 100', wholeNumber(1, 100), 100)
    .option(
      '--payload-bytes <n>',
      'their parameters as JSON, 11 bytes to 5 MiB',
      wholeNumber(11, MAX_PARAMETERS_BYTES),
      256,
    )
    .option('--file-bytes <n>', 'each stores a file, 0: none', wholeNumber(0, 1e9), 0)
    .option('--owner', 'they have an owner')
    .addOption(pricesOption());
