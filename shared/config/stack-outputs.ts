/** Outputs of the Data stack: by them, the command line finds what it has to work on. */
export const STACK_OUTPUTS = { table: 'TableName', bucket: 'Bucket', queue: 'Queue' } as const;

export type StackOutput = { readonly key: string; readonly value: string };

/**
 * The value of `TASK_QUEUE_RESOURCES` for a deployment, unchecked. `undefined`: these are not the
 * outputs of a Data stack.
 */
export function resourcesOfOutputs(outputs: readonly StackOutput[]): string | undefined {
  const outputOf = (name: string) => outputs.find(({ key }) => key === name)?.value;
  const table = outputOf(STACK_OUTPUTS.table);
  if (table === undefined) return undefined;
  const bucket = outputOf(STACK_OUTPUTS.bucket);
  const queues = outputs
    .filter(({ key }) => new RegExp(`^${STACK_OUTPUTS.queue}\\d+$`).test(key))
    .map(({ value }) => {
      const { name, ...address } = JSON.parse(value) as { readonly name: string };
      return [name, address] as const;
    });
  return JSON.stringify({
    table,
    queues: Object.fromEntries(queues),
    ...(bucket !== undefined && { bucket: JSON.parse(bucket) }),
  });
}
