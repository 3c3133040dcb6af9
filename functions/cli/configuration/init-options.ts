import type { ConfigInput } from '../../../shared/config/config.ts';
import {
  changeBrokers,
  changeTaskLog,
  TASK_LOG_TYPES,
} from '../../../shared/config/config-edits.ts';
import { BROKER_SETTINGS, BUILT_IN_STRATEGIES, storeType } from '../../../shared/config/schema.ts';
import { changesBetween, liveSettings } from '../../../shared/control/live-settings.ts';
import type { Overrides } from '../../../shared/control/overrides.ts';
import { defined } from '../../../shared/defined.ts';
import type { Cli } from '../cli.ts';
import { usageError } from '../kit/cli-error.ts';
import { changeLive } from '../kit/live-settings.ts';
import { didYouMean } from '../kit/suggest.ts';
import { changesJson, changesText } from './change-texts.ts';

/** The options of `init`. */
export type InitOptions = {
  readonly broker?: string;
  readonly queue?: string;
  readonly receive?: number;
  readonly persistence?: string;
  /** The type of the new task log. */
  readonly log?: string;
  readonly strategy?: string;
  readonly move?: boolean;
  readonly live?: boolean;
};

type Problem = readonly [isWrong: boolean, message: string];

/** Every problem of the options that does not depend on the configuration. */
export function initProblems(
  options: InitOptions & { readonly awsProfile?: string },
  ownStrategies: readonly string[] = [],
): string[] {
  const { broker, queue, receive, persistence, log, strategy = '', awsProfile } = options;
  const settings = broker === undefined ? undefined : BROKER_SETTINGS.get(storeType(broker));
  const takes = (setting: string): boolean => settings?.includes(setting) === true;
  const isKnown = settings !== undefined;
  const strategies: readonly string[] = [...BUILT_IN_STRATEGIES, ...ownStrategies];
  const problems: Problem[] = [
    [
      broker !== undefined && !isKnown,
      `Broker "${broker}" is not a valid broker option. Valid options: ${[...BROKER_SETTINGS.keys()].join(', ')}.`,
    ],
    [
      takes('persistence') && persistence === undefined,
      `Persistence id (--persistence=...) needs to be set for ${broker}.`,
    ],
    [
      isKnown && !takes('persistence') && log === undefined && persistence !== undefined,
      `--persistence does not apply to the broker ${broker}.`,
    ],
    [
      broker === undefined && log === undefined && persistence !== undefined,
      '--persistence needs --broker or --log, to say what uses the database.',
    ],
    ...logProblems(options, takes('persistence')),
    [
      isKnown && !takes('receive') && receive !== undefined,
      `--receive does not apply to the broker ${broker}.`,
    ],
    [
      isKnown && broker !== 'sqs' && awsProfile !== undefined,
      `--aws-profile does not apply to the broker ${broker}.`,
    ],
    [
      queue !== undefined && broker === undefined && receive === undefined,
      '--queue needs --broker or --receive, to say what to change.',
    ],
    [
      strategy !== '' && !strategies.includes(strategy),
      `There is no strategy "${strategy}". Accepted: ${strategies.join(', ')}.${didYouMean(strategy, strategies)}`,
    ],
    ...liveProblems(options),
  ];
  return problems.filter(([isWrong]) => isWrong).map(([, problem]) => problem);
}

function logProblems({ log, persistence }: InitOptions, isOfBroker: boolean): Problem[] {
  const type = log === undefined ? undefined : storeType(log);
  const isKnown = type !== undefined && TASK_LOG_TYPES.includes(type);
  return [
    [
      log !== undefined && !isKnown,
      `Task log "${log}" is not a valid option. Valid options: ${TASK_LOG_TYPES.join(', ')}.`,
    ],
    [
      type === 'postgres' && persistence === undefined && !isOfBroker,
      `Persistence id (--persistence=...) needs to be set for --log=${log}.`,
    ],
    [
      isKnown && type !== 'postgres' && !isOfBroker && persistence !== undefined,
      `--persistence does not apply to the task log ${log}.`,
    ],
  ];
}

function liveProblems({ live = false, ...options }: InitOptions): Problem[] {
  const { broker, persistence, log, move = false, receive, strategy } = options;
  const excludes = (isGiven: boolean, name: string, why: string): Problem => [
    live && isGiven,
    `--live cannot be combined with --${name}: ${why}.`,
  ];
  const inFile = 'only an edit of the configuration changes it';
  return [
    excludes(broker !== undefined, 'broker', inFile),
    excludes(persistence !== undefined, 'persistence', inFile),
    excludes(log !== undefined, 'log', inFile),
    excludes(move, 'move', 'no task moves'),
    [
      live && receive === undefined && strategy === undefined,
      '--live needs --receive or --strategy: only these can change while workers run.',
    ],
  ];
}

/** Applies the options to the configuration, unchecked. @throws {CliError} for an unknown queue */
export function edited(input: ConfigInput, options: InitOptions): ConfigInput {
  const { queue, broker: type, receive, persistence, log, strategy } = options;
  assertQueue(
    queue,
    input.queues.map(({ name }) => name),
  );
  const changed = changeBrokers(input, defined({ queue, type, receive, persistence }));
  const withStrategy = { ...changed, ...defined({ strategy }) };
  if (log === undefined) return withStrategy;
  const isOnSql = storeType(log) === 'postgres';
  return changeTaskLog(
    withStrategy,
    defined({ type: log, persistence: isOnSql ? persistence : undefined }),
  );
}

/** `init --live`: changes the settings of running workers, and not the configuration. */
export async function changeLiveSettings(
  cli: Cli,
  { queue, receive, strategy }: InitOptions,
): Promise<void> {
  const connection = await cli.connect();
  const { config } = connection;
  const names = config.queues
    .filter(({ broker }) => broker.type !== 'memory')
    .map(({ name }) => name);
  assertQueue(queue, names);
  const changed = queue === undefined ? names : [queue];
  const { before, record } = await changeLive(cli, connection, (overrides) => ({
    ...overrides,
    ...defined({ strategy }),
    queues: receive === undefined ? overrides.queues : withReceive(overrides, changed, receive),
  }));
  const { version, overrides } = record;
  const changes = changesBetween(liveSettings(config, before), liveSettings(config, overrides));
  cli.print({ version, changes: changesJson(changes) }, (paint) =>
    changes.length > 0 ? changesText(changes, paint) : '',
  );
}

const withReceive = (
  { queues = {} }: Overrides,
  names: readonly string[],
  receive: number,
): Overrides['queues'] => ({
  ...queues,
  ...Object.fromEntries(names.map((name) => [name, { ...queues[name], receive }])),
});

function assertQueue(queue: string | undefined, names: readonly string[]): void {
  if (queue === undefined || names.includes(queue)) return;
  throw usageError(
    `There is no queue "${queue}".${didYouMean(queue, names)} Accepted: ${names.join(', ')}.`,
  );
}
