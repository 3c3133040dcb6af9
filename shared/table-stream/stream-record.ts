import { PARTITIONS } from '../ids.ts';

/** One attribute as DynamoDB spells it, as far as this code looks: numbers are text too. */
type StreamAttribute = { readonly S?: string; readonly N?: string };

export type StreamImage = Readonly<Record<string, StreamAttribute>>;

/**
 * One change of one item of the table, as Lambda and the streams API both hand it out.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
 */
export type StreamRecord = {
  readonly dynamodb?:
    | {
        readonly Keys?: StreamImage | undefined;
        /** The item before the change. Absent: there was none. */
        readonly OldImage?: StreamImage | undefined;
        /** The item after the change. Absent: it was removed, by hand or because its time was up. */
        readonly NewImage?: StreamImage | undefined;
        /** Up to 40 digits, more than a number can hold. Grows within a shard, means nothing elsewhere. */
        readonly SequenceNumber?: string | undefined;
      }
    | undefined;
};

/** The partitions of the tasks' own items. All other items of the table are somebody else's business. */
export const TASK_PARTITIONS: readonly string[] = Array.from(
  { length: PARTITIONS },
  (_, index) => `T#${index}`,
);

/** The task whose item changed, if it is a task's. */
export function taskIdIn({ dynamodb: { Keys } = {} }: StreamRecord): string | undefined {
  return TASK_PARTITIONS.includes(Keys?.['pk']?.S ?? '') ? Keys?.['sk']?.S : undefined;
}

/** A sequence number as text that sorts as the number does. The empty one comes before all. */
export const sortable = (sequenceNumber: string): string => sequenceNumber.padStart(40, '0');

/** Whether it comes later in its shard. */
export const isAfter = (sequenceNumber: string, other: string): boolean =>
  sortable(sequenceNumber) > sortable(other);
