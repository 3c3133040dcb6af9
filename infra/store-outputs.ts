import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Resources } from '../shared/deployment/resources.ts';
import { STACK_OUTPUTS } from '../shared/deployment/stack-outputs.ts';

/** For the command line, which finds a deployment by the name of its stack. A stack has these once. */
export function addStoreOutputs(scope: Construct, resources: Resources): void {
  const { table, bucket, queues, databases = {} } = resources;
  const toJson = (value: object): string => Stack.of(scope).toJsonString(value);
  const output = (id: string, description: string, value: string): void =>
    new CfnOutput(scope, id, { value, description }).overrideLogicalId(id);
  if (table !== undefined) output(STACK_OUTPUTS.table, 'The task log', table);
  if (bucket) output(STACK_OUTPUTS.bucket, 'The files of tasks', toJson(bucket));
  Object.entries(queues).forEach(([name, address], index) => {
    const value = toJson({ name, ...address });
    output(`${STACK_OUTPUTS.queue}${index}`, `The queue "${name}"`, value);
  });
  Object.entries(databases).forEach(([name, address], index) => {
    const value = toJson({ name, ...address });
    output(`${STACK_OUTPUTS.database}${index}`, `The database "${name}"`, value);
  });
}
