import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { WorkerService } from '../../infra/constructs/worker/worker-service.ts';
import type { Resources } from '../../shared/deployment/resources.ts';
import { aWorker } from '../infra/a-worker.ts';

export type ContainerDefinition = {
  readonly Environment: readonly { Name: string; Value: string }[];
  readonly HealthCheck: { readonly Command: readonly string[] };
  readonly ReadonlyRootFilesystem: boolean;
  readonly StopTimeout: number;
  readonly User: string;
};

type DockerSource = {
  readonly directory: string;
  readonly dockerFile: string;
  readonly dockerBuildArgs?: Readonly<Record<string, string>>;
};

/** Returns what CDK passes to Docker and to ECS. @param outdir an empty folder */
export function synthesizeWorker(resources: Resources, outdir: string) {
  const app = new App({ outdir });
  const stack = new Stack(app, 'Image');
  new WorkerService(stack, 'Worker', aWorker({ resources }));
  const [task] = Object.values(Template.fromStack(stack).findResources('AWS::ECS::TaskDefinition'));
  const { directory } = app.synth();
  const { dockerImages } = JSON.parse(readFileSync(join(directory, 'Image.assets.json'), 'utf8'));
  const [image] = Object.values<{ source: DockerSource }>(dockerImages);
  if (!image) throw new Error('CDK builds no image.');
  const container: ContainerDefinition = task?.['Properties'].ContainerDefinitions[0];
  return { ...image.source, directory: join(directory, image.source.directory), container };
}
