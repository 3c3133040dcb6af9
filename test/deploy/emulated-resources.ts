import { CfnResource, type IAspect } from 'aws-cdk-lib';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { AccountRootPrincipal, CfnPolicy, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { allowBatches } from './batch-actions.ts';

/** Types of resources that the emulator does not know. Placeholders keep what depends on them. */
const UNKNOWN_TYPES = [
  'AWS::ECS::ClusterCapacityProviderAssociations',
  'AWS::ApplicationAutoScaling::ScalableTarget',
  'AWS::ApplicationAutoScaling::ScalingPolicy',
];
const PLACEHOLDER_TYPE = 'AWS::CloudFormation::WaitConditionHandle';

/**
 * The one difference between what is deployed on AWS and on the emulator: README.md gives the reason
 * for each line. Says what it does, so that nothing is left out in silence.
 */
export class EmulatedResources implements IAspect {
  readonly #say: (text: string) => void;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  visit(node: IConstruct): void {
    if (node instanceof CfnEventSourceMapping) {
      node.enabled = false;
      this.#say(`${node.node.path}: disabled`);
    } else if (node instanceof CfnAlarm && node.metrics !== undefined) {
      node.addDeletionOverride('Properties.Metrics');
      const single = { MetricName: 'None', Namespace: 'None', Statistic: 'Sum', Period: 60 };
      for (const [name, value] of Object.entries(single)) node.addPropertyOverride(name, value);
      this.#say(`${node.node.path}: watches no metric math`);
    } else if (node instanceof CfnPolicy) {
      allowBatches(node);
    } else if (node instanceof Role && node.node.path.endsWith('/TaskRole')) {
      const principals = [new AccountRootPrincipal()];
      node.assumeRolePolicy?.addStatements(
        new PolicyStatement({ actions: ['sts:AssumeRole'], principals }),
      );
      this.#say(`${node.node.path}: may be assumed by the account`);
    } else if (CfnResource.isCfnResource(node) && UNKNOWN_TYPES.includes(node.cfnResourceType)) {
      node.addOverride('Type', PLACEHOLDER_TYPE);
      node.addDeletionOverride('Properties');
      this.#say(`${node.node.path}: left out, ${node.cfnResourceType}`);
    }
  }
}
