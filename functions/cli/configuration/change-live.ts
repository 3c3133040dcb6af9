import { hostname, userInfo } from 'node:os';
import { changeOverrides } from '../../../shared/control/change-overrides.ts';
import { changesBetween, liveSettings } from '../../../shared/control/live-settings.ts';
import type { Overrides } from '../../../shared/control/overrides.ts';
import { strategyNamed } from '../../../shared/tao/names.ts';
import type { Cli } from '../cli.ts';
import type { BrokerOptions } from './broker-options.ts';
import { unknownQueue } from './edit-config.ts';
import { changesJson, changesText } from './show-changes.ts';

/** Changes what running workers go by, on top of the configuration that they were deployed with. */
export async function changeLive(
  cli: Cli,
  { queue, receive, strategy }: BrokerOptions,
): Promise<void> {
  const { config, control } = await cli.connect();
  const names = config.queues
    .filter(({ broker }) => broker.type !== 'memory')
    .map(({ name }) => name);
  if (queue !== undefined && !names.includes(queue)) throw unknownQueue(queue, names);
  const chosen = strategy === undefined ? undefined : strategyNamed(strategy);
  let before: Overrides = {};
  const change = (overrides: Overrides): Overrides => {
    before = overrides;
    return {
      ...overrides,
      ...(chosen !== undefined && { strategy: chosen }),
      ...(receive !== undefined && {
        queues: withReceive(overrides, queue === undefined ? names : [queue], receive),
      }),
    };
  };
  const changedBy = `${userInfo().username}@${hostname()}`;
  const { record } = await changeOverrides(change, { control, config, changedBy });
  const { version, overrides } = record;
  const changes = changesBetween(liveSettings(config, before), liveSettings(config, overrides));
  cli.print({ version, changes: changesJson(changes) }, () =>
    changes.length === 0
      ? 'nothing to change'
      : `${changesText(changes)}\nworkers follow within 30 s`,
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
