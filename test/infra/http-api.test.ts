import { Match, type Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, test } from 'vitest';
import { TaskQueueHttpApi } from '../../infra/constructs/http-api.ts';
import { parseConfig } from '../../shared/config/config.ts';
import { ROUTES } from '../../shared/deployment/routes.ts';
import { SYNTH_TIMEOUT_MS, templateOf } from './synthesize.ts';

const JWT = {
  auth: { type: 'jwt', issuer: 'https://id.example.com/pool', audience: ['task-queue', 'demo'] },
};
const CORS = { allowOrigins: ['https://app.example.com'], maxAgeSeconds: 60 };

const LOGICAL_IDS = {
  enqueue: expect.stringMatching(/^Enqueue/),
  query: expect.stringMatching(/^Query/),
  manage: expect.stringMatching(/^Manage/),
  docs: expect.stringMatching(/^Docs/),
};

/** HEAD requests reach the default route, except those of the function that is not behind it. */
const SERVED = ROUTES.flatMap(({ method, path, lambda }) => {
  const methods = lambda === 'docs' ? [method, 'HEAD'] : [method];
  return methods.map((each) => ({ key: `${each} ${path}`, lambda }));
});

function setup(settings: object = {}): Template {
  const queues = [{ name: 'main', weight: 1, broker: { type: 'sqs' } }];
  const config = parseConfig({ queues, ...settings }, 'http-api.test.ts');
  return templateOf((stack) => {
    const createFunction = (id: string) =>
      new LambdaFunction(stack, id, {
        runtime: Runtime.NODEJS_24_X,
        handler: 'index.handler',
        code: Code.fromInline('-'),
      });
    new TaskQueueHttpApi(stack, 'Api', {
      functions: {
        enqueue: createFunction('Enqueue'),
        query: createFunction('Query'),
        manage: createFunction('Manage'),
        docs: createFunction('Docs'),
      },
      config,
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

    expect(keys).toEqual([...SERVED.map(({ key }) => key), '$default']);
  });

  test('answers no request that is not signed, whatever its path', () => {
    const routes = routesOf(setup());

    expect(routes).toHaveLength(SERVED.length + 1);
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
      ...SERVED.map(({ key, lambda }) => [key, LOGICAL_IDS[lambda]]),
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

  test('slows callers down as configured', () => {
    const template = setup({ api: { throttle: { ratePerSecond: 7, burst: 9 } } });

    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: { ThrottlingRateLimit: 7, ThrottlingBurstLimit: 9 },
    });
  });

  test('with JWT, answers no request without a token of the issuer for one of the audiences', () => {
    const template = setup(JWT);
    const [authorizer] = Object.keys(template.findResources('AWS::ApiGatewayV2::Authorizer'));

    const routes = template.findResources('AWS::ApiGatewayV2::Route');

    template.resourcePropertiesCountIs(
      'AWS::ApiGatewayV2::Authorizer',
      {
        AuthorizerType: 'JWT',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: { Issuer: JWT.auth.issuer, Audience: JWT.auth.audience },
      },
      1,
    );
    expect(Object.keys(routes)).toHaveLength(SERVED.length + 1);
    for (const { Properties } of Object.values(routes)) {
      expect(Properties).toMatchObject({
        AuthorizationType: 'JWT',
        AuthorizerId: { Ref: authorizer },
      });
    }
  });

  test('with JWT, logs the subject of the token', () => {
    setup(JWT).hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      AccessLogSettings: {
        Format: Match.serializedJson(
          Match.objectLike({ caller: '$context.authorizer.claims.sub' }),
        ),
      },
    });
  });

  test.each([
    ['IAM', {}, ['x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token']],
    ['JWT', JWT, []],
  ])('with %s, lets pages of the configured origins call', (_type, settings, headers) => {
    setup({ ...settings, api: { cors: CORS } }).hasResourceProperties('AWS::ApiGatewayV2::Api', {
      CorsConfiguration: {
        AllowOrigins: CORS.allowOrigins,
        AllowMethods: [...new Set(ROUTES.map(({ method }) => method))],
        AllowHeaders: ['authorization', 'content-type', 'idempotency-key', ...headers],
        AllowCredentials: false,
        MaxAge: 60,
      },
    });
  });

  test('asks a preflight for no token, and it alone', () => {
    const routes = routesOf(setup({ ...JWT, api: { cors: CORS } }));

    const open = routes.filter(({ AuthorizationType }) => AuthorizationType === 'NONE');

    expect(open.map(({ RouteKey }) => RouteKey)).toEqual(['OPTIONS /{proxy+}']);
    expect(routes).toHaveLength(SERVED.length + 2);
  });

  test('knows nothing of other origins without a configuration', () => {
    setup().hasResourceProperties('AWS::ApiGatewayV2::Api', {
      CorsConfiguration: Match.absent(),
    });
  });
});
