/** Tasks are numbers from 0, so that each can be counted. */
export type Contender = {
  /** Resolves when the task is committed. */
  enqueue(index: number): Promise<void>;
  /** All in one call, by whatever way it has for many. */
  enqueueMany(indexes: readonly number[]): Promise<void>;
  /** Works on `concurrency` tasks at once until it is closed. Resolves when it has begun. */
  work(concurrency: number, run: (index: number) => void): Promise<void>;
  /** Counts unfinished tasks, whether or not a worker has them. */
  countOpen(): Promise<number>;
  /** Ends its connections, and with them its work. */
  close(): Promise<void>;
};

/** Prepares a new, empty database for it. @param url of the database */
export type OpenContender = (url: string) => Promise<Contender>;
