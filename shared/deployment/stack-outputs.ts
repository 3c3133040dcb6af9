/** The variable with the addresses of queues and table. CDK sets it, or the local stack. */
export const RESOURCES_VARIABLE = 'TASK_QUEUE_RESOURCES';

/** Outputs of the Data stack: by them, the command line finds what it has to work on. */
export const STACK_OUTPUTS = {
  table: 'TableName',
  bucket: 'Bucket',
  queue: 'Queue',
  database: 'Database',
} as const;

export type StackOutput = { readonly key: string; readonly value: string };

/**
 * The value of `TASK_QUEUE_RESOURCES` for a deployment, unchecked. `undefined`: these are not the
 * outputs of a Data stack.
 */
export function resourcesOfOutputs(outputs: readonly StackOutput[]): string | undefined {
  const outputOf = (name: string) => outputs.find(({ key }) => key === name)?.value;
  const table = outputOf(STACK_OUTPUTS.table);
  const databases = numbered(STACK_OUTPUTS.database, outputs);
  // The task log is in either.
  if (table === undefined && databases.length === 0) return undefined;
  const bucket = outputOf(STACK_OUTPUTS.bucket);
  return JSON.stringify({
    table,
    queues: Object.fromEntries(numbered(STACK_OUTPUTS.queue, outputs)),
    bucket: bucket === undefined ? undefined : JSON.parse(bucket),
    databases: databases.length > 0 ? Object.fromEntries(databases) : undefined,
  });
}

/** `Queue0`, `Queue1`…: by name, the addresses. */
function numbered(prefix: string, outputs: readonly StackOutput[]): [string, object][] {
  const key = new RegExp(`^${prefix}\\d+$`);
  return outputs
    .filter((output) => key.test(output.key))
    .map(({ value }) => {
      const { name, ...address } = JSON.parse(value) as { readonly name: string };
      return [name, address];
    });
}
