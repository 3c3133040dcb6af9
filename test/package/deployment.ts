import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, tryRun } from './run-command.ts';

/** Compiles the example, and synthesizes it: without Docker, and without an account. */
export function assertDeployment(project: string): void {
  run(process.execPath, ['node_modules/typescript/bin/tsc'], project);
  assertMistakesDoNotCompile(project);
  synthesise(project);
  const { Resources } = JSON.parse(
    readFileSync(join(project, 'cdk.out/Shop.template.json'), 'utf8'),
  );
  const types: string[] = Object.values<{ Type: string }>(Resources).map(({ Type }) => Type);
  for (const type of ['AWS::ECS::Service', 'AWS::ApiGatewayV2::Api', 'AWS::DynamoDB::GlobalTable'])
    assert(types.includes(type), type);
  const [image] = globSync('cdk.out/asset.*/bundled.Dockerfile', { cwd: project });
  assert(image, 'the context of an image');
  assertProblemsAreNamed(project);
}

const synthesise = (project: string): string =>
  run(process.execPath, ['node_modules/aws-cdk/bin/cdk', 'synth', '--quiet'], project);

/** The types are there, and are not `any`. */
function assertMistakesDoNotCompile(project: string): void {
  const mistake = join(project, 'mistake.ts');
  const lines = [
    "import { createClient } from 'serverless-task-queue/client';",
    "import type { contracts } from './tasks/contracts.ts';",
    "const client = createClient<typeof contracts>({ url: 'http://127.0.0.1' });",
    "await client.enqueue('send-invoice', { order: 1 });",
    "await client.enqueue('no-such-task', {});",
  ];
  writeFileSync(mistake, lines.join('\n'));
  const { stdout } = tryRun(process.execPath, ['node_modules/typescript/bin/tsc'], project);
  writeFileSync(mistake, 'export {};');
  assert.deepEqual(stdout.match(/^\S+\(\d+/gm), ['mistake.ts(4', 'mistake.ts(5'], stdout);
}

/** All at once, before anything is bundled. */
function assertProblemsAreNamed(project: string): void {
  const stack = join(project, 'shop-stack.ts');
  const source = readFileSync(stack, 'utf8');
  writeFileSync(
    stack,
    source.replace("'tasks')", "'elsewhere')").replace('weight: 90', 'weight: 0'),
  );
  const { status, stderr } = tryRun(process.execPath, ['app.ts'], project);
  writeFileSync(stack, source);
  assert.notEqual(status, 0);
  for (const problem of [
    'of TaskQueue "Shop/Tasks"',
    'queues[0].weight',
    'no contracts.ts',
    'no handlers.ts',
  ]) {
    assert(stderr.includes(problem), `${problem} in ${stderr}`);
  }
}
