import * as z from 'zod';
import type { RouteDoc } from '../route-doc.ts';

export const getOpenApiDoc: RouteDoc = {
  operationId: 'getOpenApi',
  tag: 'Reference',
  summary: 'Get this document: OpenAPI 3.1',
  responses: {
    200: { description: 'The document.', schema: z.looseObject({ openapi: z.string() }) },
  },
  problems: [],
};

export const getDocsDoc: RouteDoc = {
  operationId: 'getDocs',
  tag: 'Reference',
  summary: 'Read this document as a page',
  responses: { 200: { description: 'One page of HTML.', contentType: 'text/html' } },
  problems: [],
};
