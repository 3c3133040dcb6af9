export type NewFile = {
  /** Letters, digits, `-` and `/`. At most 1,024. */
  readonly key: string;
  /** In memory or as a stream, of any length. */
  readonly content: Uint8Array | AsyncIterable<Uint8Array>;
  readonly contentType: string;
  /** Name of the downloaded file. At most 255 bytes. */
  readonly name?: string;
  /** Aborts the transfer. */
  readonly signal?: AbortSignal;
};

/** Large parameters to store. */
export type NewPayload = Pick<NewFile, 'key' | 'contentType'> & { readonly content: Uint8Array };

/** Stores parameters that are too large for a message. All that an enqueuer needs. */
export interface PayloadStore {
  /** Stores the whole content or nothing, and replaces what was there. @returns its size in bytes */
  put(payload: NewPayload): Promise<number>;
}

/** All that readers of the task log need. @throws {FilesUnavailableError} when the store cannot be reached */
export interface StoredFiles {
  /** Returns the whole content, or `undefined` when there is no such file. */
  get(key: string): Promise<Uint8Array | undefined>;

  /** Deletes the file, if there is one. */
  delete(key: string): Promise<void>;

  /**
   * Makes a URL with which anybody can download the file until it expires.
   * @param lifetimeSeconds 1 to 604,800, and no longer than the credentials it is signed with:
   *   https://docs.aws.amazon.com/AmazonS3/latest/userguide/ShareObjectPreSignedURL.html
   */
  downloadUrl(key: string, lifetimeSeconds: number): Promise<string>;
}

/**
 * Stores the files that tasks make, and large parameters, by key.
 *
 * Every operation can be repeated after an error or a crash. Every adapter passes the suite in
 * test/contract/file-store-contract.ts.
 *
 * @throws {FilesUnavailableError} from every method when the store cannot be reached
 */
export interface FileStore extends PayloadStore, StoredFiles {
  /**
   * Stores the whole content or nothing, and replaces what was there.
   * @returns its size in bytes
   * @throws the error of the content's source, or the reason of `signal`
   */
  put(file: NewFile): Promise<number>;
}
