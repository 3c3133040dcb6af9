type State = 'open' | 'failed';

/** The children of each parent that are open, or have failed. */
export class MemoryFamily {
  readonly #children = new Map<string, Map<string, State>>();

  open(parentId: string, childIds: readonly string[]): void {
    const children = this.#children.get(parentId) ?? new Map<string, State>();
    for (const id of childIds) children.set(id, 'open');
    this.#children.set(parentId, children);
  }

  close(parentId: string, id: string, hasFailed: boolean): void {
    if (hasFailed) this.#children.get(parentId)?.set(id, 'failed');
    else this.#children.get(parentId)?.delete(id);
  }

  openChildrenOf(parentId: string): string[] {
    const children = this.#children.get(parentId) ?? new Map<string, State>();
    return [...children].filter(([, state]) => state === 'open').map(([id]) => id);
  }

  hasOpen(parentId: string): boolean {
    return this.openChildrenOf(parentId).length > 0;
  }

  hasFailed(parentId: string): boolean {
    const states = this.#children.get(parentId)?.values() ?? [];
    return [...states].includes('failed');
  }
}
