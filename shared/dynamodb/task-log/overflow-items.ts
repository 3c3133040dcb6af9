import type { StoredFiles } from '../../files/file-store.ts';
import { readParameters } from '../../files/payloads.ts';
import type { JsonValue } from '../../json.ts';
import type { Report } from '../../report/report.ts';
import type { Task } from '../../task/task.ts';
import type { Expiry } from '../../task-log/expiry.ts';
import type { Claim } from '../../task-log/task-log.ts';
import type { DynamodbTable, Item } from '../table.ts';
import { isInline, PARAMETERS, reportSortKey, type TaskItem } from './items.ts';

/**
 * Parameters and reports. Small ones are in their task's own item, larger ones in items of their own
 * under the task's id. Parameters that were too large for a message are in the file store.
 */
export class OverflowItems {
  readonly #table: DynamodbTable;
  readonly #expiry: Expiry;
  readonly #files: StoredFiles | undefined;

  constructor(table: DynamodbTable, expiry: Expiry, files: StoredFiles | undefined) {
    this.#table = table;
    this.#expiry = expiry;
    this.#files = files;
  }

  async putParameters({ id, parameters }: Task): Promise<void> {
    if (!isInline(parameters)) await this.#put(id, PARAMETERS, parameters);
  }

  /**
   * Stores large parameters again where a claim cannot be sure of them. The enqueuer stores them before
   * the record, so they are there at the first claim of a record. They may be missing if a worker wrote
   * the record and died, and they may expire soon if the task is old.
   * @param claims number of claims before this one; `undefined`: there was no record
   */
  async restoreParameters(task: Task, claims: number | undefined): Promise<void> {
    const mayLack = claims === undefined || claims === 1;
    if (mayLack || this.#expiry.areParametersOld(task.createdAt)) await this.putParameters(task);
  }

  /** Stores a large report. @returns attributes for the task's item: the report, or where it is */
  async putReport(claim: Claim, report: Report): Promise<Item> {
    if (isInline(report)) return { report: JSON.stringify(report), reportAt: undefined };
    const reportAt = reportSortKey(claim);
    await this.#put(claim.taskId, reportAt, report);
    return { reportAt, report: undefined };
  }

  async parametersOf(item: TaskItem): Promise<JsonValue | undefined> {
    const { sk: taskId, parameters, parametersAt } = item;
    if (parametersAt !== undefined) return readParameters(parametersAt, this.#files);
    const json = parameters ?? (await this.#get(taskId, PARAMETERS));
    return json === undefined ? undefined : (JSON.parse(json) as JsonValue);
  }

  async reportOf({ sk: taskId, report, reportAt }: TaskItem): Promise<Report | undefined> {
    const json = report ?? (reportAt && (await this.#get(taskId, reportAt)));
    return json === undefined ? undefined : (JSON.parse(json) as Report);
  }

  async #get(taskId: string, sk: string): Promise<string | undefined> {
    const item = await this.#table.get({ pk: taskId, sk });
    return item?.['json'] as string | undefined;
  }

  async #put(taskId: string, sk: string, value: unknown): Promise<void> {
    const json = JSON.stringify(value);
    await this.#table.put({ pk: taskId, sk, json, expiresAt: this.#expiry.ofOverflow });
  }
}
