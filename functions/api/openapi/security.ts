import type { TaskQueueConfig } from '../../../shared/config/config.ts';
import type { OpenApiDocument, SecurityScheme } from './openapi-types.ts';

type Auth = TaskQueueConfig['auth'];
type AuthType = Auth['type'];
type AuthOf<Type extends AuthType> = Extract<Auth, { readonly type: Type }>;

/** How each kind of authoriser wants requests. */
const SCHEMES: { readonly [Type in AuthType]: (auth: AuthOf<Type>) => SecurityScheme } = {
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authtype.html
  iam: () => ({
    type: 'apiKey',
    name: 'Authorization',
    in: 'header',
    description: 'Signature Version 4 with AWS credentials, for the service `execute-api`.',
    'x-amazon-apigateway-authtype': 'awsSigv4',
  }),
  jwt: ({ issuer }) => ({
    type: 'openIdConnect',
    openIdConnectUrl: `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    description: 'A token: `authorization: Bearer …`.',
  }),
};

/** Every route wants the authoriser of the configuration: nothing is public. */
export function securityOf(auth: Auth): {
  readonly security: OpenApiDocument['security'];
  readonly securitySchemes: OpenApiDocument['components']['securitySchemes'];
} {
  const scheme = auth.type === 'iam' ? SCHEMES.iam(auth) : SCHEMES.jwt(auth);
  return { security: [{ [auth.type]: [] }], securitySchemes: { [auth.type]: scheme } };
}
