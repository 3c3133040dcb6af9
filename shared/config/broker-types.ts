import { configSchema } from './config.ts';

const { options } = configSchema.shape.queues.element.shape.broker;

/** By type of broker, the names of the settings it takes. */
export const BROKER_SETTINGS: ReadonlyMap<string, readonly string[]> = new Map(
  options.map(({ shape }) => [shape.type.value, Object.keys(shape)]),
);
