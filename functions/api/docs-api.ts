import type { Wiring } from '../wiring/wiring.ts';
import { getDocs, getOpenApi } from './get-docs.ts';
import { type ApiHandler, httpHandler, type RoutesOf, withoutQuery } from './http.ts';

/** The routes that tell of the API itself, and read nothing. */
export function docsApi(wiring: Pick<Wiring, 'config' | 'logger'>): ApiHandler {
  const routes: RoutesOf<'docs'> = {
    'GET /openapi.json': withoutQuery(getOpenApi),
    'GET /docs': withoutQuery(getDocs),
  };
  return httpHandler(routes, wiring);
}
