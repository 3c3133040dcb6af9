import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AccessLogField, AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CorsHttpMethod,
  type CorsPreflightOptions,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import { type CorsPolicy, corsPolicyOf } from '../../shared/deployment/cors.ts';
import {
  type ApiLambda,
  DEFAULT_ROUTE_LAMBDA,
  PREFLIGHT_PATH,
  ROUTES,
} from '../../shared/deployment/routes.ts';

type Auth = TaskQueueConfig['auth'];

export interface TaskQueueHttpApiProps {
  /** The function behind every name that the route table uses. */
  readonly functions: Readonly<Record<ApiLambda, IFunction>>;

  /** Who may call, from which pages, and how often. Beyond that API Gateway answers 429. */
  readonly config: Pick<TaskQueueConfig, 'auth' | 'api'>;
}

/** The HTTP API of the route table, behind one authorizer. No route is public but the preflight's. */
export class TaskQueueHttpApi extends Construct {
  readonly url: string;
  readonly #stage: HttpStage;

  constructor(scope: Construct, id: string, props: TaskQueueHttpApiProps) {
    super(scope, id);
    const { functions, config } = props;
    const { ratePerSecond, burst } = config.api.throttle;
    const cors = corsPolicyOf(config);
    const integrations: Record<ApiLambda, HttpLambdaIntegration> = {
      enqueue: new HttpLambdaIntegration('Enqueue', functions.enqueue),
      query: new HttpLambdaIntegration('Query', functions.query),
      manage: new HttpLambdaIntegration('Manage', functions.manage),
      docs: new HttpLambdaIntegration('Docs', functions.docs),
    };

    const api = new HttpApi(this, 'Api', {
      createDefaultStage: false,
      defaultAuthorizer: authorizerFor(config.auth),
      corsPreflight: cors && corsPreflightFor(cors),
    });
    for (const { method, path, lambda } of ROUTES) {
      api.addRoutes({
        path,
        methods: methodsFor(method, lambda),
        integration: integrations[lambda],
      });
    }
    new HttpRoute(this, 'DefaultRoute', {
      httpApi: api,
      routeKey: HttpRouteKey.DEFAULT,
      integration: integrations[DEFAULT_ROUTE_LAMBDA],
    });
    if (cors) addPreflightRoute(api, integrations[DEFAULT_ROUTE_LAMBDA]);

    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.#stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      autoDeploy: true,
      throttle: { rateLimit: ratePerSecond, burstLimit: burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        format: accessLogFormatFor(config.auth),
      },
    });
    this.url = this.#stage.url;
  }

  /**
   * Lets an IAM principal call every route. The API decides whose tasks it sees. Has no effect if
   * `auth` uses tokens.
   */
  grantInvoke(grantee: IGrantable): void {
    const api = { service: 'execute-api', resource: this.#stage.api.apiId };
    const resourceName = `${this.#stage.stageName}/*`;
    const arn = Stack.of(this).formatArn({ ...api, resourceName });
    Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns: [arn] });
  }

  metricRequests(): IMetric {
    return this.#stage.metricCount({ statistic: 'Sum', period: Duration.minutes(1) });
  }

  /** Answers of 500 and above. */
  metricServerErrors(): IMetric {
    return this.#stage.metricServerError({ statistic: 'Sum', period: Duration.minutes(1) });
  }

  /** Milliseconds from a request to its answer. @param statistic `p99`, for example */
  metricLatency(statistic: string): IMetric {
    return this.#stage.metricLatency({ statistic, period: Duration.minutes(1) });
  }
}

const authorizerFor = (auth: Auth): IHttpRouteAuthorizer =>
  auth.type === 'iam'
    ? new HttpIamAuthorizer()
    : new HttpJwtAuthorizer('Jwt', auth.issuer, { jwtAudience: auth.audience });

/** HEAD reaches the default route by itself. */
const methodsFor = (method: 'GET' | 'POST', lambda: ApiLambda): HttpMethod[] =>
  method === 'GET' && lambda !== DEFAULT_ROUTE_LAMBDA
    ? [HttpMethod.GET, HttpMethod.HEAD]
    : [HttpMethod[method]];

const corsPreflightFor = (policy: CorsPolicy): CorsPreflightOptions => ({
  allowOrigins: [...policy.allowOrigins],
  allowMethods: policy.allowMethods.map((method) => CorsHttpMethod[method]),
  allowHeaders: [...policy.allowHeaders],
  exposeHeaders: [...policy.exposeHeaders],
  allowCredentials: policy.allowCredentials,
  maxAge: Duration.seconds(policy.maxAgeSeconds),
});

/** Preflights carry no credentials, so the authorizer of `$default` would refuse them. */
function addPreflightRoute(api: HttpApi, integration: HttpLambdaIntegration): void {
  const routes = api.addRoutes({
    path: PREFLIGHT_PATH,
    methods: [HttpMethod.OPTIONS],
    integration,
    authorizer: new HttpNoneAuthorizer(),
  });
  for (const route of routes) {
    Validations.of(route).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason: 'A preflight never carries credentials. The answer to it holds nothing but headers.',
    });
  }
}

/** Logs the caller, the route, the result and the duration of each request. */
const accessLogFormatFor = (auth: Auth): AccessLogFormat =>
  AccessLogFormat.custom(
    JSON.stringify({
      requestId: AccessLogField.contextRequestId(),
      time: AccessLogField.contextRequestTime(),
      caller:
        auth.type === 'iam'
          ? AccessLogField.contextIdentityUserArn()
          : AccessLogField.contextAuthorizerClaims('sub'),
      sourceIp: AccessLogField.contextIdentitySourceIp(),
      route: AccessLogField.contextRouteKey(),
      status: AccessLogField.contextStatus(),
      latencyMs: AccessLogField.contextResponseLatency(),
      error: AccessLogField.contextErrorMessage(),
      integrationError: AccessLogField.contextIntegrationErrorMessage(),
    }),
  );
