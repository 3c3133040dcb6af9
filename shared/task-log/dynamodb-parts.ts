import type { Report } from '../report/report.ts';
import type { Task } from '../task/task.ts';
import type { Expiry } from './dynamodb-expiry.ts';
import { isInline, PARAMETERS, reportSortKey } from './dynamodb-items.ts';
import type { DynamodbTable, Item } from './dynamodb-table.ts';
import type { Claim } from './task-log.ts';

/** Parameters and reports that are too large for their task's own item, in items of their own. */
export class DynamodbParts {
  readonly #table: DynamodbTable;
  readonly #expiry: Expiry;

  constructor(table: DynamodbTable, expiry: Expiry) {
    this.#table = table;
    this.#expiry = expiry;
  }

  async putParameters({ id, parameters }: Task): Promise<void> {
    if (!isInline(parameters)) await this.#put(id, PARAMETERS, parameters);
  }

  /** Returns the attributes by which the task's item holds the report, or points to it. */
  async putReport({ taskId, token }: Claim, report: Report): Promise<Item> {
    if (isInline(report)) return { report: JSON.stringify(report), reportAt: undefined };
    await this.#put(taskId, reportSortKey(token), report);
    return { reportAt: reportSortKey(token), report: undefined };
  }

  /** JSON text. */
  async get(taskId: string, sk: string): Promise<string | undefined> {
    const item = await this.#table.get({ pk: taskId, sk });
    return item?.['json'] as string | undefined;
  }

  async #put(taskId: string, sk: string, value: unknown): Promise<void> {
    const json = JSON.stringify(value);
    await this.#table.put({ pk: taskId, sk, json, expiresAt: this.#expiry.ofParts });
  }
}
