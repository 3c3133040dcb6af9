export type Statement = {
  readonly text: string;
  readonly values?: unknown[];
};
