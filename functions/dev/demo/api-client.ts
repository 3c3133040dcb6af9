import type { StatusCategory, TaskStatus } from '../../../shared/task-log/status.ts';
import type { TaskRecord, TaskSummary } from '../../../shared/task-log/task-log.ts';

export type NewTask = {
  readonly name: string;
  readonly parameters: unknown;
  readonly label?: string;
};

export type QueueView = {
  readonly name: string;
  readonly weight: number;
  readonly share: number;
  readonly depth: { readonly waiting: number; readonly inFlight: number };
};

export type Stats = {
  readonly byStatus: Partial<Record<TaskStatus, number>>;
};

export type TaskView<Task = TaskSummary> = Task & { readonly statusCategory: StatusCategory };

const PAGE = 100;

/** The few calls of the HTTP API that the demo makes. */
export class ApiClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** @returns the ids, in order. @throws when a task was not accepted */
  async enqueue(tasks: readonly NewTask[]): Promise<string[]> {
    const { items } = await this.#call<{ items: { id?: string; detail?: string }[] }>(
      '/tasks',
      JSON.stringify(tasks),
    );
    return items.map(({ id, detail }) => {
      if (id === undefined) throw new Error(`a task was refused: ${detail}`);
      return id;
    });
  }

  async queues(): Promise<readonly QueueView[]> {
    return (await this.#call<{ queues: QueueView[] }>('/queues')).queues;
  }

  stats(): Promise<Stats> {
    return this.#call('/stats');
  }

  task(id: string): Promise<TaskView<TaskRecord>> {
    return this.#call(`/tasks/${id}`);
  }

  /** What the address of the task's file leads to. */
  async file(id: string): Promise<{ name: string; text: string }> {
    const response = await this.#send(`/tasks/${id}/file`);
    const disposition = response.headers.get('content-disposition') ?? '';
    const [, name = ''] = /filename="([^"]*)"/.exec(disposition) ?? [];
    return { name, text: await response.text() };
  }

  async allTasks(): Promise<TaskView[]> {
    const all: TaskView[] = [];
    let cursor = '';
    do {
      const query = `limit=${PAGE}${cursor && `&cursor=${cursor}`}`;
      const page = await this.#call<{ tasks: TaskView[]; next?: string }>(`/tasks?${query}`);
      all.push(...page.tasks);
      cursor = page.next ?? '';
    } while (cursor !== '');
    return all;
  }

  async #call<Answer>(path: string, body?: string): Promise<Answer> {
    const response = await this.#send(path, body === undefined ? {} : { method: 'POST', body });
    return (await response.json()) as Answer;
  }

  async #send(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(`${this.#url}${path}`, init);
    if (response.ok) return response;
    throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  }
}
