import type { ContenderName } from './contenders/names.ts';

/** The measurement of a child process: its only argument, as JSON. */
export type Job = { readonly url: string } & (
  | {
      readonly measure: 'burn-down';
      readonly contender: ContenderName;
      readonly tasks: number;
      readonly concurrency: number;
      /** A contender that polls every two seconds has its rate by then. */
      readonly seconds: number;
    }
  | {
      readonly measure: 'enqueue';
      readonly contender: ContenderName | 'raw-same-table';
      readonly tasks: number;
    }
  | {
      readonly measure: 'latency';
      readonly contender: ContenderName | 'notify';
      readonly tasks: number;
      readonly seconds: number;
    }
  | {
      readonly measure: 'idle';
      readonly contender: ContenderName;
      readonly seconds: number;
    }
  | { readonly measure: 'claims'; readonly waiting: number; readonly finished: number }
);

/** By name, what was measured. */
export type Values = Readonly<Record<string, number>>;
