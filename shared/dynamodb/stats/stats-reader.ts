import type { StatsReader } from '../../stats/stats-store.ts';
import type { Tally, Whose } from '../../stats/tally.ts';
import type { DynamodbTable, Item } from '../table.ts';
import { statsPartition, tallyOf } from './items.ts';

/** Numbers in the table of the task log, which the consumer of its stream keeps. */
export class DynamodbStatsReader implements StatsReader {
  readonly #table: DynamodbTable;

  constructor(table: DynamodbTable) {
    this.#table = table;
  }

  async read(whose: Whose): Promise<Tally> {
    const items: Item[] = [];
    for await (const page of this.#table.queryAll({
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': statsPartition(whose) },
    })) {
      items.push(...page.items);
    }
    return tallyOf(items);
  }
}
