import { Match, Template } from 'aws-cdk-lib/assertions';
import { test } from 'vitest';
import { WebAclStack } from '../../docs/examples/web-acl.ts';
import { createApp, SYNTH_TIMEOUT_MS } from './synthesize.ts';

test(
  'docs/examples/web-acl.ts puts a web ACL before the API, which hears what callers send it',
  () => {
    const stack = new WebAclStack(createApp(), 'WebAcl', {
      apiUrl: 'https://abcde12345.execute-api.eu-west-1.amazonaws.com/',
      env: { region: 'us-east-1' },
    });

    Template.fromStack(stack).hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        WebACLId: { 'Fn::GetAtt': ['WebAcl', 'Arn'] },
        Origins: [
          Match.objectLike({ DomainName: 'abcde12345.execute-api.eu-west-1.amazonaws.com' }),
        ],
        DefaultCacheBehavior: {
          AllowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
          ViewerProtocolPolicy: 'https-only',
        },
      },
    });
  },
  SYNTH_TIMEOUT_MS,
);
