import type { TaskQueueConfig } from '../../../shared/config/config.ts';
import type { OpenApiDocument, SecurityScheme } from './openapi-types.ts';

type AuthType = TaskQueueConfig['auth']['type'];

/** How each kind of authoriser wants requests. */
const SCHEMES: Readonly<Record<AuthType, SecurityScheme>> = {
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authtype.html
  iam: {
    type: 'apiKey',
    name: 'Authorization',
    in: 'header',
    description: 'Signature Version 4 with AWS credentials, for the service `execute-api`.',
    'x-amazon-apigateway-authtype': 'awsSigv4',
  },
};

/** Every route wants the authoriser of the configuration: nothing is public. */
export const securityOf = ({
  type,
}: TaskQueueConfig['auth']): {
  readonly security: OpenApiDocument['security'];
  readonly securitySchemes: OpenApiDocument['components']['securitySchemes'];
} => ({ security: [{ [type]: [] }], securitySchemes: { [type]: SCHEMES[type] } });
