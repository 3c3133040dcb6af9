import { contracts } from '#tasks/contracts';
import { handlers } from '#tasks/handlers';
import type { Finding } from '../../../shared/check/finding.ts';
import { resourceFindings, taskFindings } from '../../../shared/check/resource-findings.ts';
import { previousLogFindings } from '../../../shared/check/store-findings.ts';
import {
  type OwnStrategyNames,
  persistencesOf,
  type TaskQueueConfig,
} from '../../../shared/config/config.ts';
import { readConfigFile } from '../../../shared/config/config-file.ts';
import type { ControlStore } from '../../../shared/control/control-store.ts';
import { parseOverrides } from '../../../shared/control/parse-overrides.ts';
import type { Resources } from '../../../shared/deployment/resources.ts';
import { ConfigInvalidError, TaskQueueError } from '../../../shared/errors.ts';
import { depthText, type QueuePlace, unservedTasks } from '../../../shared/move/move-tasks.ts';
import { createInspector, openControl, openOtherLogs, openPlaces } from '../../wiring/resources.ts';
import type { Cli } from '../cli.ts';
import type { CommandRun } from '../host.ts';
import { didYouMean } from '../kit/suggest.ts';
import { findTarget, type Target } from '../kit/target.ts';

export type Checked = {
  readonly findings: readonly Finding[];
  /** Names of everything that was checked. */
  readonly checked: readonly string[];
};

/** Checks the configuration, tasks and resources, and changes nothing. */
export async function checkEverything(cli: Cli): Promise<Checked> {
  const ownStrategies = await cli.ownStrategies();
  const { config, findings } = configFindings(cli, ownStrategies);
  const names = contracts.map(({ name }) => name);
  const known = { contracts: names, handlers: handlers.map(({ definition }) => definition.name) };
  const tasks = taskFindings(known, config ?? { taskQueues: {} }, didYouMean);
  const checked = ['configuration', `${names.length} tasks`];
  if (!config) return { findings: [...findings, ...tasks], checked };

  const target = await findTarget(cli.options, config, cli.host);
  const { resources } = target ?? {};
  if (!target || !resources) return { findings: [...tasks, NOTHING_THERE], checked };
  const found = await lookAt({ config, resources, ownStrategies }, target, cli.run);
  return {
    findings: [...tasks, ...found],
    checked: [
      ...checked,
      ...Object.keys(resources.queues).map((name) => `queue "${name}"`),
      ...storesOf(config, resources),
      ...(resources.bucket ? [`bucket "${resources.bucket.name}"`] : []),
      'live settings',
    ],
  };
}

/** Where tasks are stored besides SQS. */
const storesOf = (config: TaskQueueConfig, { table, databases = {} }: Resources): string[] => [
  ...(table === undefined || config.taskLog.type === 'postgres' ? [] : [`table "${table}"`]),
  ...persistencesOf(config)
    .filter((name) => Object.hasOwn(databases, name))
    .map((name) => `database "${name}"`),
];

function configFindings(
  { configPath: path, host }: Cli,
  ownStrategies: OwnStrategyNames,
): {
  config?: TaskQueueConfig;
  findings: Finding[];
} {
  const error = { severity: 'error', subject: 'configuration' } as const;
  try {
    const file = readConfigFile(host.pathOf(path), ownStrategies);
    if (file) return { config: file.config, findings: [] };
    const message = `there is no file ${path}`;
    return { findings: [{ ...error, message, fix: '`task-queue init` writes one.' }] };
  } catch (cause) {
    if (!(cause instanceof ConfigInvalidError)) throw cause;
    const fix = `Correct it in ${path}.`;
    return {
      findings: cause.problems.map(({ path: where, message }) => ({
        ...error,
        message: where === '' ? message : `${where}: ${message}`,
        fix,
      })),
    };
  }
}

type Deployed = {
  readonly config: TaskQueueConfig;
  readonly resources: Resources;
  readonly ownStrategies: OwnStrategyNames;
};

async function lookAt(
  { config, resources, ownStrategies }: Deployed,
  { env, isLocal }: Target,
  { opened }: CommandRun,
): Promise<Finding[]> {
  const found = await Promise.all([
    resourceFindings(config, resources, createInspector(env, resources, opened), { isLocal }),
    liveFindings({ config, ownStrategies }, () => openControl(env, config, resources, opened)),
    unservedFindings(config, () => openPlaces(env, resources, opened)),
    previousLogFindings(openOtherLogs(env, config, resources, opened)),
  ]);
  return found.flat();
}

async function liveFindings(
  { config, ownStrategies }: Omit<Deployed, 'resources'>,
  open: () => ControlStore,
): Promise<Finding[]> {
  const error = { severity: 'error', subject: 'live settings' } as const;
  try {
    const { overrides } = await open().read();
    const parsed = parseOverrides(overrides, config, ownStrategies);
    if (!('problems' in parsed)) return [];
    const fix =
      'Workers keep the last valid settings. Correct them, or deploy a configuration that they match.';
    return parsed.problems.map(({ path, message }) => ({
      ...error,
      message: `${path} ${message}`,
      fix,
    }));
  } catch (cause) {
    // A missing table is a finding already.
    if (cause instanceof TaskQueueError) return [];
    throw cause;
  }
}

async function unservedFindings(
  config: TaskQueueConfig,
  open: () => Promise<QueuePlace[]>,
): Promise<Finding[]> {
  try {
    const unserved = await unservedTasks(await open(), config);
    return unserved.map(({ queue, depth }) => ({
      severity: 'error',
      subject: `queue "${queue}"`,
      message: `it has ${depthText(depth)}, and no worker looks there any more`,
      fix: 'Run `task-queue init --move` to move them to their current queue.',
    }));
  } catch (cause) {
    if (cause instanceof TaskQueueError) return [];
    throw cause;
  }
}

const NOTHING_THERE: Finding = {
  severity: 'error',
  subject: 'resources',
  message: 'there is no task queue to check',
  fix: 'Deploy with `npx cdk deploy --all` and specify --stack, or run `npm start` or `task-queue init`.',
};
