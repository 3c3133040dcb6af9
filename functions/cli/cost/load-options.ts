import { type Command, Option } from 'commander';
import { MAX_PARAMETERS_BYTES } from '../../../shared/limits.ts';
import { wholeNumber } from '../kit/options/parse-option.ts';

/** Options of the tasks that are counted. */
export type LoadOptions = {
  readonly tasks: number;
  readonly batch: number;
  readonly payloadBytes: number;
  readonly fileBytes: number;
  readonly owner?: boolean;
  readonly prices?: string;
};

export const pricesOption = (): Option =>
  new Option('--prices <file>', 'File with other prices, in the format of `cost prices --json`');

export const addLoadOptions = (command: Command): Command =>
  command
    .option('--tasks <n>', 'Tasks to run in each queue, 10 to 10,000', wholeNumber(10, 10_000), 100)
    .option('--batch <n>', 'Tasks per enqueue request, 1 to 100', wholeNumber(1, 100), 100)
    .option(
      '--payload-bytes <n>',
      'Size of the parameters as JSON, 11 bytes to 5 MiB',
      wholeNumber(11, MAX_PARAMETERS_BYTES),
      256,
    )
    .option(
      '--file-bytes <n>',
      'Size of the file that each task stores; 0 for none',
      wholeNumber(0, 1e9),
      0,
    )
    .option('--owner', 'Tasks have an owner')
    .addOption(pricesOption());
