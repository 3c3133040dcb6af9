import { VERSION } from '../version.ts';
import type { Wiring } from '../wiring/wiring.ts';
import { CONTENT_SECURITY_POLICY, renderPage } from './docs-page/page.ts';
import type { RouteHandler } from './http.ts';
import { openApiDocument } from './openapi/document.ts';
import type { OpenApiDocument } from './openapi/openapi-types.ts';

export type DocsDeps = Pick<Wiring, 'config' | 'catalogue' | 'logger'>;

/** GET /openapi.json → 200, the OpenAPI document of the tasks that this deployment runs. */
export const getOpenApi = (deps: DocsDeps): RouteHandler => {
  const document = documentOf(deps);
  return async () => ({ status: 200, body: document() });
};

/** GET /docs → 200, the OpenAPI document as a page. */
export const getDocs = (deps: DocsDeps): RouteHandler => {
  const document = documentOf(deps);
  return async () => ({
    status: 200,
    body: renderPage(document()),
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'x-content-type-options': 'nosniff',
    },
  });
};

/** Makes the document for the first request and keeps it. */
function documentOf({ config: { auth }, catalogue }: DocsDeps): () => OpenApiDocument {
  let document: OpenApiDocument | undefined;
  return () => {
    const contracts = catalogue.names.map((name) => catalogue.get(name));
    document ??= openApiDocument({ version: VERSION, auth, contracts });
    return document;
  };
}
