import { decodeTime } from 'ulid';
import { chunksOf } from '../batches.ts';
import type { EnqueueMany, EnqueueRequest } from '../dispatcher/enqueue-request.ts';
import { derivedTaskId } from '../ids.ts';
import type { Task } from '../task/task.ts';
import type { ChildRequest } from '../task/task-context.ts';
import type { Claim, TaskClaims } from '../task-log/task-log.ts';
import { obey } from './stop-reasons.ts';

/** Children that are opened and sent together. */
const BATCH = 100;

export type ChildrenDeps = {
  readonly log: Pick<TaskClaims, 'openChildren'>;
  readonly enqueueMany: EnqueueMany;
  readonly abort: AbortController;
};

/**
 * Enqueues the children of one attempt. The id of a child is derived from its parent and its content, so an
 * attempt that repeats a crashed one enqueues the same children.
 */
export class Children {
  readonly #task: Task;
  readonly #claim: Claim;
  /** How often the same content was requested: the second request is another child. */
  readonly #asked = new Map<string, number>();
  readonly #sent = new Set<string>();
  #hasOpened: boolean;
  /** Batches that started and did not succeed: some of their children may be open and not sent. */
  #incomplete = 0;

  constructor(task: Task, claim: Claim, hasChildren: boolean) {
    this.#task = task;
    this.#claim = claim;
    this.#hasOpened = hasChildren;
  }

  /** True if the task cannot end before its children. */
  get mustBeAwaited(): boolean {
    return this.#hasOpened && !this.#task.masterStatus;
  }

  /** The children that were sent, if others may be open without having been sent. */
  get sentWhereInDoubt(): ReadonlySet<string> | undefined {
    const isInDoubt = this.#incomplete > 0 || this.#claim.token > 1;
    return this.#hasOpened && isInDoubt ? this.#sent : undefined;
  }

  /**
   * Enqueues all it can, and returns the ids in the same order.
   * @throws the first error if a child could not be enqueued
   */
  async enqueue(requests: readonly ChildRequest[], deps: ChildrenDeps): Promise<string[]> {
    const children = requests.map((request) => this.#childOf(request));
    for (const batch of chunksOf(children, BATCH)) await this.#enqueueBatch(batch, deps);
    return children.map(({ id }) => id);
  }

  async #enqueueBatch(
    children: readonly (EnqueueRequest & { id: string })[],
    { log, enqueueMany, abort }: ChildrenDeps,
  ): Promise<void> {
    abort.signal.throwIfAborted();
    this.#hasOpened = true;
    this.#incomplete += 1;
    const ids = children.map(({ id }) => id);
    const { state, toSend } = await log.openChildren(this.#claim, ids);
    obey(state, abort);
    abort.signal.throwIfAborted();
    const answers = await enqueueMany(children.filter(({ id }) => toSend.has(id)));
    for (const id of ids) if (!toSend.has(id)) this.#sent.add(id);
    for (const answer of answers) if (!(answer instanceof Error)) this.#sent.add(answer.id);
    const failure = answers.find((answer) => answer instanceof Error);
    if (failure) throw failure;
    this.#incomplete -= 1;
  }

  #childOf(request: ChildRequest): EnqueueRequest & { id: string } {
    const { id: parentId, owner } = this.#task;
    const content = JSON.stringify([parentId, request]);
    const count = this.#asked.get(content) ?? 0;
    this.#asked.set(content, count + 1);
    return {
      ...request,
      id: derivedTaskId(decodeTime(parentId), `${content}${count}`),
      parentId,
      owner,
    };
  }
}
