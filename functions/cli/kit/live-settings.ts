import { hostname, userInfo } from 'node:os';
import type { ControlRecord } from '../../../shared/control/control-store.ts';
import type { EffectiveQueue } from '../../../shared/control/live-settings.ts';
import type { Overrides } from '../../../shared/control/overrides.ts';
import type { Cli, Connection } from '../cli.ts';
import { refuseAll } from './cli-error.ts';
import { notOneOf } from './suggest.ts';

type LiveChange = {
  readonly before: Overrides;
  readonly record: ControlRecord;
};

/** Changes the live settings in the name of the user of this terminal. */
export async function changeLive(
  cli: Cli,
  { control, config }: Connection,
  change: (overrides: Overrides) => Overrides,
): Promise<LiveChange> {
  const { changeOverrides } = await import('../../../shared/control/change-overrides.ts');
  const changedBy = `${userInfo().username}@${hostname()}`;
  let before: Overrides = {};
  const noted = (overrides: Overrides): Overrides => {
    before = overrides;
    return change(overrides);
  };
  const ownStrategies = await cli.ownStrategies();
  const { record, isChanged } = await changeOverrides(noted, {
    ...{ control, config, changedBy, ownStrategies },
  });
  // Workers read the live settings this often.
  cli.note(isChanged ? 'Workers follow within 30 s.' : 'No change.');
  return { before, record };
}

/** @throws {CliError} naming each queue that does not exist, with a suggestion */
export const assertQueues = (names: readonly string[], { config }: Connection): void => {
  const known = config.queues.map(({ name }) => name);
  refuseAll(
    names.filter((name) => !known.includes(name)).map((name) => notOneOf('queue', name, known)),
  );
};

/** `90`, or `40 (configured: 90)` with a live setting. */
export const weightText = ({ weight, weightFrom, configuredWeight }: EffectiveQueue): string =>
  weightFrom === 'configuration' ? String(weight) : `${weight} (configured: ${configuredWeight})`;

/** `69.2 %`, or `-` where weights do not decide. */
export const shareText = ({ share }: EffectiveQueue): string =>
  share === undefined ? '-' : `${(share * 100).toFixed(1)} %`;
