import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, type IApplyRule, ServerlessChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { expect, test } from 'vitest';
import { namedAsInOneStack } from '../../infra/nag-checks.ts';
import { createDeployment, DEPLOYMENTS } from '../templates/deployments.ts';
import { createOutdir, SYNTH_TIMEOUT_MS } from './synthesize.ts';

type Finding = { readonly rule: string; readonly on: IConstruct };

/** All that a rule finds, acknowledged or not. */
function findingsOf(pack: string, { rule, ruleSuffixOverride, node }: IApplyRule): Finding[] {
  const id = `${pack}-${ruleSuffixOverride ?? rule.name}`;
  const result = rule(node);
  if (Array.isArray(result)) return result.map((each) => ({ rule: `${id}[${each}]`, on: node }));
  return result === 'Non-Compliant' ? [{ rule: id, on: node }] : [];
}

function findingsIn(app: App): readonly Finding[] {
  const found: Finding[] = [];
  class AllSolutions extends AwsSolutionsChecks {
    protected override applyRule(params: IApplyRule): void {
      found.push(...findingsOf('AwsSolutions', namedAsInOneStack(params)));
    }
  }
  class AllServerless extends ServerlessChecks {
    protected override applyRule(params: IApplyRule): void {
      found.push(...findingsOf('Serverless', namedAsInOneStack(params)));
    }
  }
  for (const checks of [new AllSolutions(app), new AllServerless(app)]) checks.validateScope(app);
  return found;
}

type Acknowledgement = { readonly rule: string; readonly reason: string; readonly by: IConstruct };

const acknowledgementsIn = (app: App): Acknowledgement[] =>
  app.node.findAll().flatMap((by) =>
    by.node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .map(([id, reason]) => ({ rule: id.replace(/^annotation::/i, ''), reason, by }))
      // CDK has some of its own, of other rules.
      .filter(({ rule }) => /^(AwsSolutions|Serverless)-/.test(rule)),
  );

const isUsed = ({ rule, by }: Acknowledgement, findings: readonly Finding[]): boolean =>
  findings.some((finding) => finding.rule === rule && finding.on.node.scopes.includes(by));

test(
  'every deployment is valid, and some has each finding of cdk-nag that is acknowledged',
  () => {
    const used = new Map<string, boolean>();
    for (const deployment of DEPLOYMENTS) {
      const { app } = createDeployment(deployment, createOutdir());
      // Throws when a template is against the rules of CloudFormation.
      app.synth();
      const findings = findingsIn(app);
      for (const acknowledgement of acknowledgementsIn(app)) {
        const name = `${acknowledgement.rule}: ${acknowledgement.reason}`;
        used.set(name, used.get(name) || isUsed(acknowledgement, findings));
      }
    }

    expect(used.size).toBeGreaterThan(0);
    expect([...used].filter(([, isNeeded]) => !isNeeded).map(([name]) => name)).toEqual([]);
  },
  2 * SYNTH_TIMEOUT_MS,
);
