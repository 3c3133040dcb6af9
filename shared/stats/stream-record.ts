/** One attribute as DynamoDB spells it, as far as this code looks: text and numbers are text. */
type StreamAttribute = { readonly S?: string; readonly N?: string };

export type StreamImage = Readonly<Record<string, StreamAttribute>>;

/**
 * One change of one item of the table, as Lambda and the streams API both hand it out.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
 */
export type StreamRecord = {
  readonly dynamodb?: {
    readonly Keys?: StreamImage;
    /** The item before the change. Absent: there was none. */
    readonly OldImage?: StreamImage;
    /** The item after the change. Absent: it was removed, by hand or because its time was up. */
    readonly NewImage?: StreamImage;
    /** Up to 40 digits, more than a number can hold. Grows within a shard, means nothing elsewhere. */
    readonly SequenceNumber?: string;
  };
};

/** A sequence number as text that sorts as the number does. */
export const sortable = (sequenceNumber: string): string => sequenceNumber.padStart(40, '0');
