import { VERSION } from '../version.ts';
import type { ApiRequest, Reply, Route } from './http.ts';
import type { Problem } from './problem.ts';

/** TAO_VERSION of the original: here, the version of this package. */
const version = VERSION;

/** What the original says where it has a text of its own. */
const TEXT_BY_CODE: Readonly<Record<string, string>> = {
  QUERY_INVALID: 'At least one mandatory parameter was required but found missing in your request',
  UNAUTHENTICATED: 'You are not authorized to access this functionality.',
};

/**
 * A route in the envelope of the PHP original, `{ success, data, version }`, and its errors as
 * `{ success, errorCode, errorMsg, version }`: docs/migrating-from-tao.md names its files.
 */
export const inOriginalEnvelope = (route: Route): Route =>
  Object.assign(
    async (request: ApiRequest): Promise<Reply> => {
      const { status, body } = await route(request);
      return { status, body: { success: true, data: body, version } };
    },
    {
      onProblem: ({ status, code, detail }: Problem): Reply => ({
        status,
        body: {
          success: false,
          // The code of a PHP exception: 0 unless somebody gives it one. A missing login has a text.
          errorCode: status === 401 ? '401' : 0,
          errorMsg: TEXT_BY_CODE[code] ?? detail,
          version,
        },
      }),
    },
  );
