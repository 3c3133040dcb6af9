/** A file that a task made, as its record keeps it. */
export type StoredFile = {
  /** In the file store. */
  readonly key: string;
  /** File name of a download. */
  readonly name: string;
  readonly bytes: number;
  readonly contentType: string;
};

/** A file as a handler has it: on its disk, or in memory. */
export type NewTaskFile = {
  /** 1 to 255 bytes, no path. */
  readonly name: string;
  /** @default 'application/octet-stream' */
  readonly contentType?: string;
} & ({ readonly path: string } | { readonly content: Uint8Array });
