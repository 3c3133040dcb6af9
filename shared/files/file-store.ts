export type NewFile = {
  /** Letters, digits, `-` and `/`. At most 1,024. */
  readonly key: string;
  /** At hand, or as it comes, of any length. */
  readonly content: Uint8Array | AsyncIterable<Uint8Array>;
  readonly contentType: string;
  /** What it is called when somebody downloads it. At most 255 bytes. */
  readonly name?: string;
  /** Gives the transfer up. */
  readonly signal?: AbortSignal;
};

/** Parameters on their way into the store. */
export type NewPayload = Pick<NewFile, 'key' | 'contentType'> & { readonly content: Uint8Array };

/** What an enqueuer needs, to put aside parameters that are too large for a message. */
export interface PayloadStore {
  /** Stores the content whole, or not at all, in place of what was there. @returns its bytes */
  put(payload: NewPayload): Promise<number>;
}

/** What readers of the task log need. @throws {FilesUnavailableError} when the store cannot be reached */
export interface StoredFiles {
  /** All of it, in memory. Nothing if there is none. */
  get(key: string): Promise<Uint8Array | undefined>;

  /** Deletes the file, if there is one. */
  delete(key: string): Promise<void>;

  /**
   * An address under which anybody can download the file until it expires.
   * @param lifetimeSeconds 1 to 604,800, and no longer than the credentials it is signed with:
   *   https://docs.aws.amazon.com/AmazonS3/latest/userguide/ShareObjectPreSignedURL.html
   */
  downloadUrl(key: string, lifetimeSeconds: number): Promise<string>;
}

/**
 * Keeps files under keys: those that tasks make, and large parameters.
 *
 * Every operation may be repeated after an error or a crash. Every adapter passes the suite in
 * test/contract/file-store-contract.ts.
 *
 * @throws {FilesUnavailableError} from every method when the store cannot be reached
 */
export interface FileStore extends PayloadStore, StoredFiles {
  /**
   * Stores the content whole, or not at all, in place of what was there.
   * @returns its bytes
   * @throws what the source of the content throws, or why `signal` aborted
   */
  put(file: NewFile): Promise<number>;
}
