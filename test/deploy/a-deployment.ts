import { join } from 'node:path';
import { tableOf } from '../../shared/deployment/resources.ts';
import { runCli } from '../support/cli.ts';
import { apiUrlOf } from './call-aws.ts';
import { createCaller } from './callers.ts';
import { bootstrap, deploy, STACKS } from './cdk.ts';
import { createCheckout } from './checkout.ts';
import { physicalIdsOf } from './deployed.ts';
import type { Emulator } from './emulator.ts';
import { journey } from './journey.ts';
import { startStreamSource } from './stream-source.ts';

/** Makes a deployment in the empty account of an emulator, and what calls it and works on it. */
export async function aDeployment(emulator: Emulator, directory: string) {
  const checkout = join(directory, 'checkout');
  const log = journey('From an empty account to a deployment');
  await bootstrap(emulator, join(directory, 'bootstrap'));
  log.step('CDKToolkit', 'cdk bootstrap');
  createCheckout(checkout);
  const { outputs, resources, emulated } = await deploy(emulator, checkout);
  for (const change of emulated) log.step('for the emulator', change);
  for (const stack of STACKS) {
    const count = Object.keys(await physicalIdsOf(stack)).length;
    log.step(stack, `cdk deploy: ${count} resources`);
  }
  const apiOutput = outputs['TaskQueue-Api']?.['ApiUrl'] ?? '';
  log.step('ApiUrl', apiOutput);

  const functions = await physicalIdsOf('TaskQueue-Api', ['AWS::Lambda::Function']);
  /** The name of a function. @param id how its logical id begins */
  const functionName = (id: string): string =>
    Object.entries(functions).find(([logicalId]) => logicalId.startsWith(id))?.[1] ?? '';
  const consumer = functionName('TableStreamConsumer');
  const source = await startStreamSource(emulator, tableOf(resources), consumer);

  /** Runs a command of `task-queue` and parses its JSON output. */
  const cli = async <Result>(...args: readonly string[]): Promise<Result> => {
    const all = [...args, '--stack', 'TaskQueue', '--json'];
    const { code, output, errors } = await runCli(all, { directory: checkout });
    if (code !== 0) throw new Error(`task-queue ${args.join(' ')} ended with ${code}: ${errors}`);
    return JSON.parse(output) as Result;
  };
  return {
    checkout,
    outputs,
    resources,
    apiUrl: apiUrlOf(emulator, apiOutput),
    functionName,
    source,
    alice: await createCaller(emulator, outputs, 'Alice'),
    bob: await createCaller(emulator, outputs, 'Bob'),
    cli,
  };
}
