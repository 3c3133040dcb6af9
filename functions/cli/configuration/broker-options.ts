import { TASK_LOG_TYPES } from '../../../shared/config/config-edits.ts';
import { BROKER_SETTINGS, LIVE, storeType } from '../../../shared/config/schema.ts';
import { strategyNamed } from '../../../shared/tao/names.ts';
import { didYouMean } from '../kit/suggest.ts';

/** What `init` is asked to change. */
export type BrokerOptions = {
  readonly broker?: string;
  readonly queue?: string;
  readonly receive?: number;
  readonly persistence?: string;
  /** Where the task log is to be. */
  readonly log?: string;
  readonly strategy?: string;
  readonly move?: boolean;
  readonly live?: boolean;
};

const STRATEGIES = LIVE.strategy.options;

/** Everything about the command line that is wrong in itself, whatever the configuration is. */
export function optionProblems(
  options: BrokerOptions & { readonly awsProfile?: string },
): string[] {
  const { broker, queue, receive, persistence, log, strategy, awsProfile } = options;
  const settings = broker === undefined ? undefined : BROKER_SETTINGS.get(storeType(broker));
  const takes = (setting: string): boolean => settings?.includes(setting) === true;
  const isKnown = settings !== undefined;
  const problems: [boolean, string][] = [
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
      `--persistence is not for the broker ${broker}.`,
    ],
    [
      broker === undefined && log === undefined && persistence !== undefined,
      '--persistence needs --broker or --log: of what is it the database?',
    ],
    ...logProblems(options, takes('persistence')),
    [isKnown && !takes('receive') && receive !== undefined, `--receive is not for ${broker}.`],
    [
      isKnown && broker !== 'sqs' && awsProfile !== undefined,
      `--aws-profile is not for the broker ${broker}.`,
    ],
    [
      queue !== undefined && broker === undefined && receive === undefined,
      '--queue needs --broker or --receive: what is to change?',
    ],
    [
      strategy !== undefined && strategyNamed(strategy) === undefined,
      `Strategy "${strategy}" does not exist. There are: ${STRATEGIES.join(', ')}.${didYouMean(strategy ?? '', STRATEGIES)}`,
    ],
    ...liveProblems(options),
  ];
  return problems.filter(([isWrong]) => isWrong).map(([, problem]) => problem);
}

function logProblems(
  { log, persistence }: BrokerOptions,
  isOfBroker: boolean,
): [boolean, string][] {
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
      `--persistence is not for the task log ${log}.`,
    ],
  ];
}

function liveProblems({ live = false, ...options }: BrokerOptions): [boolean, string][] {
  const { broker, persistence, log, move = false, receive, strategy } = options;
  const isFor = (given: boolean, name: string, why: string): [boolean, string] => [
    live && given,
    `--live cannot be combined with --${name}: ${why}.`,
  ];
  return [
    isFor(broker !== undefined, 'broker', 'a broker changes with the configuration only'),
    isFor(persistence !== undefined, 'persistence', 'it changes with the configuration only'),
    isFor(log !== undefined, 'log', 'it changes with the configuration only'),
    isFor(move, 'move', 'nothing moves'),
    [
      live && receive === undefined && strategy === undefined,
      '--live needs --receive or --strategy: these can be changed while workers run.',
    ],
  ];
}
