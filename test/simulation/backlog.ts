/** Tasks that wait, the oldest first. */
export class Backlog {
  readonly #arrivals: { at: number; left: number }[] = [];
  waiting = 0;
  /** Longest that one of them waited, in seconds. */
  longestWait = 0;

  add(tasks: number, now: number): void {
    if (tasks === 0) return;
    this.#arrivals.push({ at: now, left: tasks });
    this.waiting += tasks;
  }

  /** Those whose worker went: they are visible again. */
  giveBack(tasks: number, now: number): void {
    if (tasks === 0) return;
    this.#arrivals.unshift({ at: now, left: tasks });
    this.waiting += tasks;
  }

  /** Takes so many, or what there is. */
  take(most: number, now: number): number {
    let taken = 0;
    while (taken < most && this.#arrivals[0]) {
      const [oldest] = this.#arrivals;
      const some = Math.min(most - taken, oldest.left);
      this.longestWait = Math.max(this.longestWait, now - oldest.at);
      oldest.left -= some;
      taken += some;
      if (oldest.left === 0) this.#arrivals.shift();
    }
    this.waiting -= taken;
    return taken;
  }
}
