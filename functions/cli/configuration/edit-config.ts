import type { ConfigInput } from '../../../shared/config/config.ts';
import { changeBrokers, changeTaskLog } from '../../../shared/config/config-edits.ts';
import { storeType } from '../../../shared/config/schema.ts';
import { strategyNamed } from '../../../shared/tao/names.ts';
import { usageError } from '../kit/cli-error.ts';
import { didYouMean } from '../kit/suggest.ts';
import type { BrokerOptions } from './broker-options.ts';

/** The configuration with what the options ask for, unchecked. @throws {CliError} for an unknown queue */
export function edited(input: ConfigInput, options: BrokerOptions): ConfigInput {
  const { queue, broker, receive, persistence } = options;
  const names = input.queues.map(({ name }) => name);
  if (queue !== undefined && !names.includes(queue)) throw unknownQueue(queue, names);
  const change = {
    ...(queue !== undefined && { queue }),
    ...(broker !== undefined && { type: broker }),
    ...(receive !== undefined && { receive }),
    ...(persistence !== undefined && { persistence }),
  };
  return withTaskLog(withStrategy(changeBrokers(input, change), options), options);
}

function withStrategy(input: ConfigInput, { strategy }: BrokerOptions): ConfigInput {
  const chosen = strategy === undefined ? undefined : strategyNamed(strategy);
  return { ...input, ...(chosen !== undefined && { strategy: chosen }) };
}

function withTaskLog(input: ConfigInput, { log, persistence }: BrokerOptions): ConfigInput {
  if (log === undefined) return input;
  const isOnSql = storeType(log) === 'postgres' && persistence !== undefined;
  return changeTaskLog(input, { type: log, ...(isOnSql && { persistence }) });
}

export const unknownQueue = (queue: string, names: readonly string[]) =>
  usageError(
    `There is no queue "${queue}".${didYouMean(queue, names)} Registered queues: ${names.join(', ')}.`,
  );
