import { Template } from 'aws-cdk-lib/assertions';
import { createDeployment, DEPLOYMENTS } from '../templates/deployments.ts';
import { createOutdir } from './synthesize.ts';

export type Resource = {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
};

export type PlacedResource = Resource & {
  /** @see DEPLOYMENTS */
  readonly deployment: string;
  /** Data, Api, Worker or Monitoring. */
  readonly stack: string;
  readonly logicalId: string;
};

let synthesized: readonly PlacedResource[] | undefined;

/** Every resource of every template of every way to deploy. Takes seconds, once. */
export function allResources(): readonly PlacedResource[] {
  synthesized ??= DEPLOYMENTS.flatMap((deployment) =>
    createDeployment(deployment, createOutdir(), false).stacks.flatMap((stack) =>
      Object.entries(resourcesOf(Template.fromStack(stack))).map(([logicalId, resource]) => ({
        ...resource,
        deployment: deployment.name,
        stack: stack.stackName.replace(/^.*-/, ''),
        logicalId,
      })),
    ),
  );
  return synthesized;
}

const resourcesOf = (template: Template): Record<string, Resource> =>
  template.toJSON()['Resources'] ?? {};

type Intrinsic = {
  readonly Ref?: string;
  readonly 'Fn::GetAtt'?: readonly [string, string];
  readonly 'Fn::GetStackOutput'?: { readonly OutputName: string };
  readonly 'Fn::Join'?: readonly [string, readonly unknown[]];
};

/** A value as people would write it: `<TaskLogTable.Arn>/index/byOwner`. Without hashes. */
export function spelled(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, ...functions } = value as Intrinsic;
  if (Ref !== undefined) return `<${withoutHash(Ref)}>`;
  const [id, attribute] = functions['Fn::GetAtt'] ?? [];
  if (id !== undefined) return `<${withoutHash(id)}.${attribute}>`;
  const output = functions['Fn::GetStackOutput']?.OutputName;
  if (output !== undefined) return `<${ofAnotherStack(output)}>`;
  const join = functions['Fn::Join'];
  if (join) return join[1].map(spelled).join(join[0]);
  return JSON.stringify(value);
}

/** Every logical id ends with eight digits of the path that it is made of. */
export const withoutHash = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, '');

const ofAnotherStack = (output: string): string =>
  withoutHash(output)
    .replace(/^PublishOutput(FnGetAtt|Ref)/, '')
    .replace(/[0-9A-F]{8}(\w+)$/, '.$1');
