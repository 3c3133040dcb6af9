import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { inject } from 'vitest';
import cdkJson from '../../cdk.json' with { type: 'json' };

/** The first template of a process takes seconds, because CDK loads its modules when they are used. */
export const SYNTH_TIMEOUT_MS = 60_000;

/** Creates a folder for the output of one app, removed at the end of the run. */
export const createOutdir = (): string => mkdtempSync(join(inject('outdirs'), 'cdk.out-'));

/**
 * An app with the feature flags of cdk.json that bundles no function and copies no asset.
 * CDK does not validate its templates, which takes most of the time of a synthesis. It validates those
 * of every way to deploy, in nag-acknowledgements.test.ts.
 */
export function createApp(context: Record<string, unknown> = {}): App {
  return new App({
    outdir: createOutdir(),
    builtinCloudFormationValidation: false,
    stackTraces: false,
    context: {
      ...cdkJson.context,
      'aws:cdk:bundling-stacks': [],
      'aws:cdk:disable-asset-staging': true,
      ...context,
    },
  });
}

/** The template of a stack that holds only what `build` puts in it. */
export function templateOf(build: (stack: Stack) => void): Template {
  const stack = new Stack(createApp(), 'Test');
  build(stack);
  return Template.fromStack(stack);
}

/** Somebody to grant permissions to. Its logical id starts with "Role". */
export function createRole(stack: Stack): Role {
  return new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs.amazonaws.com') });
}

type Statement = { Action: string | string[]; Effect: string; Resource: unknown };

/** The statement that a grant makes, in the spelling of CloudFormation. */
export function allow(Action: string | string[], Resource: unknown): Statement {
  return { Action, Effect: 'Allow', Resource };
}

/** Returns the statements of roles whose logical id matches, with resources as in the template. */
export function statementsOf(template: Template, role: RegExp): Statement[] {
  const policies = Object.values(template.findResources('AWS::IAM::Policy')) as {
    Properties: { Roles: { Ref: string }[]; PolicyDocument: { Statement: Statement[] } };
  }[];
  return policies
    .map(({ Properties }) => Properties)
    .filter(({ Roles }) => Roles.some(({ Ref }) => role.test(Ref)))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

/** The actions in those statements, sorted. */
export function actionsOf(template: Template, role: RegExp): string[] {
  const actions = statementsOf(template, role).flatMap(({ Action }) => Action);
  return [...new Set(actions)].sort();
}

/** For snapshots. */
export function maskAssetHashes(template: object): object {
  return JSON.parse(JSON.stringify(template).replaceAll(/[0-9a-f]{64}/g, 'ASSET_HASH'));
}
