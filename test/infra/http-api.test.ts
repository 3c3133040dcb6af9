import { Match, type Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, test } from 'vitest';
import { IamHttpApi } from '../../infra/constructs/http-api.ts';
import { ROUTES } from '../../shared/config/routes.ts';
import { SYNTH_TIMEOUT_MS, templateOf } from './synthesize.ts';

const LOGICAL_IDS = {
  enqueue: expect.stringMatching(/^Enqueue/),
  query: expect.stringMatching(/^Query/),
  manage: expect.stringMatching(/^Manage/),
};

function setup(): Template {
  return templateOf((stack) => {
    const createFunction = (id: string) =>
      new LambdaFunction(stack, id, {
        runtime: Runtime.NODEJS_24_X,
        handler: 'index.handler',
        code: Code.fromInline('-'),
      });
    new IamHttpApi(stack, 'Api', {
      functions: {
        enqueue: createFunction('Enqueue'),
        query: createFunction('Query'),
        manage: createFunction('Manage'),
      },
    });
  });
}

type Route = {
  RouteKey: string;
  AuthorizationType: string;
  /** `integrations/<reference to the integration>` */
  Target: { 'Fn::Join': ['', ['integrations/', { Ref: string }]] };
};

function routesOf(template: Template): Route[] {
  return Object.values(template.findResources('AWS::ApiGatewayV2::Route')).map(
    ({ Properties }) => Properties as Route,
  );
}

describe('the HTTP API', { timeout: SYNTH_TIMEOUT_MS }, () => {
  test('has every route of the route table, and one for all other requests', () => {
    const keys = routesOf(setup()).map(({ RouteKey }) => RouteKey);

    expect(keys).toEqual([...ROUTES.map(({ method, path }) => `${method} ${path}`), '$default']);
  });

  test('answers no request that is not signed, whatever its path', () => {
    const routes = routesOf(setup());

    expect(routes).toHaveLength(ROUTES.length + 1);
    expect(routes.filter(({ AuthorizationType }) => AuthorizationType !== 'AWS_IAM')).toEqual([]);
  });

  test('hands each route to the function with the permissions for it', () => {
    const template = setup();
    const integrations = template.findResources('AWS::ApiGatewayV2::Integration');

    const functions = routesOf(template).map(({ RouteKey, Target }) => {
      const integration = integrations[Target['Fn::Join'][1][1].Ref];
      return [RouteKey, integration?.['Properties'].IntegrationUri['Fn::GetAtt'][0]];
    });

    expect(functions).toEqual([
      ...ROUTES.map(({ method, path, lambda }) => [`${method} ${path}`, LOGICAL_IDS[lambda]]),
      ['$default', LOGICAL_IDS.query],
    ]);
  });

  test('tells API Gateway to slow down callers, and logs who called', () => {
    setup().hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 },
      AccessLogSettings: {
        DestinationArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ApiAccessLog'), 'Arn'] },
        Format: Match.serializedJson(
          Match.objectLike({
            caller: '$context.identity.userArn',
            requestId: '$context.requestId',
          }),
        ),
      },
    });
  });
});
