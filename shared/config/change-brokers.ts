import { BROKER_SETTINGS } from './config.ts';
import type { ConfigInput } from './config-file.ts';
import { storeType } from './store-types.ts';

export type BrokerChange = {
  /** @default every queue */
  readonly queue?: string;
  /** Replaces the broker as a whole. @default only `receive` changes, where there is one */
  readonly type?: string;
  readonly receive?: number;
  /** Of brokers that are replaced, and have one. */
  readonly persistence?: string;
};

/** As in the original, which did not prefetch unless it was asked to. */
const DEFAULT_RECEIVE = 1;

/** The configuration with other brokers, unchecked. */
export function changeBrokers(input: ConfigInput, change: BrokerChange): ConfigInput {
  const { queue } = change;
  const queues = input.queues.map((item) =>
    queue === undefined || item.name === queue
      ? { ...item, broker: brokerOf(change, item.broker) }
      : item,
  );
  return { ...input, queues };
}

type BrokerInput = ConfigInput['queues'][number]['broker'];

function brokerOf(change: BrokerChange, before: BrokerInput): BrokerInput {
  const type = storeType(change.type ?? before.type);
  const { persistence } = change;
  const isReplaced = change.type !== undefined;
  const receive = change.receive ?? (isReplaced ? DEFAULT_RECEIVE : undefined);
  const takes = (setting: string): boolean => BROKER_SETTINGS.get(type)?.includes(setting) === true;
  // What does not fit together is for the schema to say.
  return {
    ...(isReplaced ? { type } : before),
    ...(isReplaced && takes('persistence') && persistence !== undefined && { persistence }),
    ...(takes('receive') && receive !== undefined && { receive }),
  } as BrokerInput;
}
