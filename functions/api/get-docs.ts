import document from '#openapi' with { type: 'json' };
import { renderPage } from './docs-page/page.ts';
import { CONTENT_SECURITY_POLICY } from './docs-page/style.ts';
import type { Route } from './http.ts';
import type { OpenApiDocument } from './openapi/openapi-types.ts';

/** GET /openapi.json → 200, the document that `npm run openapi` wrote. */
export const getOpenApi: Route = async () => ({ status: 200, body: document });

/** GET /docs → 200, the same as a page. */
export const getDocs: Route = async () => ({
  status: 200,
  body: renderPage(document as object as OpenApiDocument),
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'x-content-type-options': 'nosniff',
  },
});
