import { AwsSolutionsChecks, type IApplyRule, type NagRuleResult } from 'cdk-nag';

/** How cdk-nag writes an attribute of a resource of another stack; of its own, `<id.Arn>`. */
const ARN_OF_ANOTHER_STACK =
  /\{"Fn::GetStackOutput":\{.*?"OutputName":"PublishOutputFnGetAtt(\w+?)Arn[0-9A-F]{8}"\}\}/g;

const inOneStack = (result: NagRuleResult): NagRuleResult =>
  Array.isArray(result)
    ? result.map((finding) => finding.replaceAll(ARN_OF_ANOTHER_STACK, '<$1.Arn>'))
    : result;

/**
 * AWS's security rules. A construct that grants cannot know whether the grantee is in its own stack, so
 * findings are named as if all were: one acknowledgement is right for both.
 */
export class NagChecks extends AwsSolutionsChecks {
  protected override applyRule(params: IApplyRule): void {
    const { rule, ruleSuffixOverride = rule.name } = params;
    super.applyRule({ ...params, ruleSuffixOverride, rule: (node) => inOneStack(rule(node)) });
  }
}
