import {
  AwsSolutionsChecks,
  type IApplyRule,
  type NagPack,
  type NagRuleResult,
  ServerlessChecks,
} from 'cdk-nag';
import type { IConstruct } from 'constructs';

/** How cdk-nag writes an attribute of a resource of another stack; of its own, `<id.Arn>`. */
const ARN_OF_ANOTHER_STACK =
  /\{"Fn::GetStackOutput":\{.*?"OutputName":"PublishOutputFnGetAtt(\w+?)Arn[0-9A-F]{8}"\}\}/g;

const inOneStack = (result: NagRuleResult): NagRuleResult =>
  Array.isArray(result)
    ? result.map((finding) => finding.replaceAll(ARN_OF_ANOTHER_STACK, '<$1.Arn>'))
    : result;

/**
 * A construct that grants cannot know whether the grantee is in its own stack, so findings are named as
 * if all were: one acknowledgement is right for both.
 */
export const namedAsInOneStack = (params: IApplyRule): IApplyRule => {
  const { rule, ruleSuffixOverride = rule.name } = params;
  return { ...params, ruleSuffixOverride, rule: (node) => inOneStack(rule(node)) };
};

/** AWS's security rules. */
export class NagChecks extends AwsSolutionsChecks {
  protected override applyRule(params: IApplyRule): void {
    super.applyRule(namedAsInOneStack(params));
  }
}

/** AWS's recommendations for serverless applications. */
class ServerlessNagChecks extends ServerlessChecks {
  protected override applyRule(params: IApplyRule): void {
    super.applyRule(namedAsInOneStack(params));
  }
}

/** All rules that a deployment satisfies. */
export const nagChecksFor = (app: IConstruct): NagPack[] => [
  new NagChecks(app),
  new ServerlessNagChecks(app),
];
