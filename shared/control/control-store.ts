import type { OwnStrategyNames, TaskQueueConfig } from '../config/config.ts';
import type { Logger } from '../logger.ts';
import { changesBetween, type LiveSettings, liveSettings } from './live-settings.ts';
import type { Overrides } from './overrides.ts';
import { parseOverrides } from './parse-overrides.ts';

/** The settings that were changed on the running system. */
export type ControlRecord = {
  /** The number of changes so far. */
  readonly version: number;
  readonly overrides: Overrides;
  /** ISO 8601, UTC. */
  readonly changedAt?: string;
  /** Who changed it, for the workers' log. */
  readonly changedBy?: string;
};

/**
 * Keeps one control record, which every worker reads every 30 s. Every adapter passes the suite in
 * test/contract/control-store-contract.ts.
 *
 * @throws {LogUnavailableError} from every method when the store cannot be reached
 */
export interface ControlStore {
  /** Returns the record. It may miss a change of the last moment. */
  read(): Promise<ControlRecord>;

  /**
   * Replaces all overrides. They must have passed `parseOverrides`.
   * @param version of the record that the overrides were derived from
   * @throws {ControlConflictError} if the record has changed since: read it and decide again
   */
  write(version: number, overrides: Overrides, changedBy: string): Promise<ControlRecord>;
}

/** A change reaches every worker within this time. */
const REFRESH_MS = 30_000;

type Deps = {
  readonly store: ControlStore;
  readonly config: TaskQueueConfig;
  /** @default none */
  readonly ownStrategies?: OwnStrategyNames;
  /** Applies changed settings. */
  readonly apply: (settings: LiveSettings) => void;
  readonly logger: Logger;
};

/** Applies changes of the configuration and of the control record to a worker. */
export class SettingsWatch {
  readonly #deps: Deps;
  #config: TaskQueueConfig;
  #record: ControlRecord = { version: 0, overrides: {} };
  #settings: LiveSettings;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#config = deps.config;
    this.#settings = liveSettings(deps.config);
  }

  /** Resolves when the record was read once, or could not be read: the configuration applies until it can. */
  async start(): Promise<void> {
    this.#timer = setInterval(() => void this.refresh(), REFRESH_MS);
    await this.refresh();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Never rejects. */
  async refresh(): Promise<void> {
    try {
      const record = await this.#deps.store.read();
      // A version that is not newer is a stale read.
      if (record.version <= this.#record.version) return;
      this.#record = record;
      this.#follow();
    } catch (error) {
      this.#deps.logger.warn('live settings could not be read; the worker keeps the latest', {
        error,
      });
    }
  }

  /** Applies an edited configuration. New queues and another `concurrency` need a new worker. */
  reconfigure(config: TaskQueueConfig): void {
    const { queues, worker } = this.#deps.config;
    const { concurrency } = worker;
    this.#config = {
      ...config,
      queues: config.queues.filter((queue) => queues.some(({ name }) => name === queue.name)),
      worker: { ...config.worker, concurrency },
    };
    this.#follow();
  }

  #follow(): void {
    const { overrides, version, changedBy, changedAt } = this.#record;
    const known = this.#withoutUnknownQueues(overrides);
    const parsed = parseOverrides(known, this.#config, this.#deps.ownStrategies);
    if ('problems' in parsed) {
      const { problems } = parsed;
      this.#deps.logger.error('live settings are invalid; the worker keeps the latest', {
        version,
        problems,
      });
      return;
    }
    const settings = liveSettings(this.#config, parsed.overrides);
    const changes = changesBetween(this.#settings, settings);
    if (changes.length === 0) return;
    this.#settings = settings;
    this.#deps.logger.info('settings changed', { version, changedBy, changedAt, changes });
    this.#deps.apply(settings);
  }

  /** During a deployment the record may name queues that only newer workers serve. */
  #withoutUnknownQueues({ queues, ...others }: Overrides): Overrides {
    const known = Object.entries(queues ?? {}).filter(([queue]) =>
      this.#config.queues.some(({ name }) => name === queue),
    );
    return { ...others, queues: Object.fromEntries(known) };
  }
}
