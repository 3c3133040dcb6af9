export type Statement = {
  /** Given: parsed once per connection. Unique in this code. */
  readonly name?: string;
  readonly text: string;
  readonly values?: unknown[];
};
