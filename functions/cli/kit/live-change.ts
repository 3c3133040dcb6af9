import { hostname, userInfo } from 'node:os';
import type { Overrides } from '../../../shared/control/overrides.ts';
import type { Cli, Connection } from '../cli.ts';
import { notOneOf } from './options/not-one-of.ts';
import { refuseAll } from './options/refuse-all.ts';

/** Workers read the live settings so often. */
const WITHIN = 'Workers follow within 30 s.';

/** Changes the live settings as the person at this terminal. @returns them as they are then */
export async function changeLive(
  cli: Cli,
  { control, config }: Connection,
  change: (overrides: Overrides) => Overrides,
): Promise<Overrides> {
  const { changeOverrides } = await import('../../../shared/control/change-overrides.ts');
  const changedBy = `${userInfo().username}@${hostname()}`;
  const { record, isChanged } = await changeOverrides(change, { control, config, changedBy });
  cli.note(isChanged ? WITHIN : 'It is like that already.');
  return record.overrides;
}

/** @throws {CliError} naming those that there are not, with what was meant */
export const assertQueues = (names: readonly string[], { config }: Connection): void => {
  const known = config.queues.map(({ name }) => name);
  refuseAll(
    names.filter((name) => !known.includes(name)).map((name) => notOneOf('queue', name, known)),
  );
};
