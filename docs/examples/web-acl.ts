import { App, CfnOutput, Fn, Stack, type StackProps } from 'aws-cdk-lib';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  OriginRequestPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';

// A web ACL before an API that asks for tokens: who sends too much waits, who is known for attacks is refused.

export interface WebAclProps extends StackProps {
  /** The output ApiUrl of TaskQueue-Api. */
  readonly apiUrl: string;
}

export class WebAclStack extends Stack {
  constructor(scope: Construct, id: string, { apiUrl, ...props }: WebAclProps) {
    super(scope, id, props);
    const { hostname } = new URL(apiUrl);
    const watched = (metricName: string) => ({
      metricName,
      cloudWatchMetricsEnabled: true,
      sampledRequestsEnabled: true,
    });
    const acl = new CfnWebACL(this, 'WebAcl', {
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      visibilityConfig: watched('WebAcl'),
      rules: [
        {
          name: 'requests-of-an-address',
          priority: 0,
          action: { block: {} },
          // In five minutes.
          statement: { rateBasedStatement: { limit: 2000, aggregateKeyType: 'IP' } },
          visibilityConfig: watched('RequestsOfAnAddress'),
        },
        {
          name: 'known-for-attacks',
          priority: 1,
          overrideAction: { none: {} },
          statement: {
            managedRuleGroupStatement: {
              vendorName: 'AWS',
              name: 'AWSManagedRulesAmazonIpReputationList',
            },
          },
          visibilityConfig: watched('KnownForAttacks'),
        },
      ],
    });
    const distribution = new Distribution(this, 'Distribution', {
      webAclId: acl.attrArn,
      defaultBehavior: {
        origin: new HttpOrigin(hostname),
        allowedMethods: AllowedMethods.ALLOW_ALL,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        // With its own host: API Gateway answers to no other.
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      },
    });
    new CfnOutput(this, 'Url', { value: Fn.join('', ['https://', distribution.domainName, '/']) });
  }
}

if (import.meta.main) {
  const app = new App();
  const apiUrl = String(app.node.tryGetContext('apiUrl'));
  // CloudFront takes web ACLs from there only.
  new WebAclStack(app, 'TaskQueue-WebAcl', { apiUrl, env: { region: 'us-east-1' } });
}
