import type { Logger } from '../../shared/logger.ts';

/** Closes something that was opened. */
export type Release = () => unknown;

/** Everything that a process has opened, to be closed when it ends or when its start-up fails. */
export class Releasers {
  readonly #logger: Logger;
  readonly #releases: Release[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(release: Release): void {
    this.#releases.unshift(release);
  }

  /**
   * Starts all releases, the latest first, and resolves when they are done. They share the time that
   * ECS leaves before it kills the process. Never rejects: a release that fails is logged.
   */
  async releaseAll(): Promise<void> {
    await Promise.all(this.#releases.splice(0).map((release) => this.#tryRelease(release)));
  }

  async #tryRelease(release: Release): Promise<void> {
    try {
      await release();
    } catch (error) {
      this.#logger.warn('part of the worker could not be closed', { error });
    }
  }
}
