import { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogField, AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
  type ThrottleSettings,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type ApiLambda, DEFAULT_ROUTE_LAMBDA, ROUTES } from '../../shared/config/routes.ts';

export interface IamHttpApiProps {
  /** The function behind every name that the route table uses. */
  readonly functions: Readonly<Record<ApiLambda, IFunction>>;

  /**
   * Requests a second, and requests at once, over all callers. Beyond them API Gateway answers 429.
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
   * @default 500 a second, 1000 at once
   */
  readonly throttle?: ThrottleSettings;
}

// Who asked for what, how it went and how long it took.
const ACCESS_LOG_FORMAT = AccessLogFormat.custom(
  JSON.stringify({
    requestId: AccessLogField.contextRequestId(),
    time: AccessLogField.contextRequestTime(),
    caller: AccessLogField.contextIdentityUserArn(),
    sourceIp: AccessLogField.contextIdentitySourceIp(),
    route: AccessLogField.contextRouteKey(),
    status: AccessLogField.contextStatus(),
    latencyMs: AccessLogField.contextResponseLatency(),
    error: AccessLogField.contextErrorMessage(),
    integrationError: AccessLogField.contextIntegrationErrorMessage(),
  }),
);

/** The HTTP API of the route table. Callers sign with IAM on every route: nothing is public. */
export class IamHttpApi extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, props: IamHttpApiProps) {
    super(scope, id);
    const { functions, throttle = { rateLimit: 500, burstLimit: 1000 } } = props;
    const integrations: Record<ApiLambda, HttpLambdaIntegration> = {
      enqueue: new HttpLambdaIntegration('Enqueue', functions.enqueue),
      query: new HttpLambdaIntegration('Query', functions.query),
      manage: new HttpLambdaIntegration('Manage', functions.manage),
    };

    const api = new HttpApi(this, 'Api', {
      createDefaultStage: false,
      defaultAuthorizer: new HttpIamAuthorizer(),
    });
    for (const { method, path, lambda } of ROUTES) {
      api.addRoutes({ path, methods: [HttpMethod[method]], integration: integrations[lambda] });
    }
    new HttpRoute(this, 'DefaultRoute', {
      httpApi: api,
      routeKey: HttpRouteKey.DEFAULT,
      integration: integrations[DEFAULT_ROUTE_LAMBDA],
    });

    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      autoDeploy: true,
      throttle,
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        format: ACCESS_LOG_FORMAT,
      },
    });
    this.url = stage.url;
  }
}
