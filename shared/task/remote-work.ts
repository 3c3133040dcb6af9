import type * as z from 'zod';
import { Report } from '../report/report.ts';
import { RetryLaterError } from './task-context.ts';
import type { Handle } from './task-definition.ts';

const ASK_AGAIN_SECONDS = 30;

/** How far work is that is done elsewhere. */
export type RemoteStatus =
  | {
      readonly status: 'created' | 'in_progress';
      /** @default 30 */
      readonly askAgainSeconds?: number;
      /** 0 to 100 */
      readonly percent?: number;
    }
  | { readonly status: 'completed' | 'failed'; readonly report?: Report };

/**
 * Returns the handler of a task that represents remote work. While that work is created or in
 * progress, the task is requeued without using an attempt, and asks again later.
 * @param ask starts the work if need be, and says how far it is; what it throws fails the attempt
 */
export const remoteWork =
  <Schema extends z.ZodType>(
    ask: (call: Parameters<Handle<Schema>>[0]) => Promise<RemoteStatus>,
  ): Handle<Schema> =>
  async (call) => {
    const answer = await ask(call);
    switch (answer.status) {
      case 'completed':
        return answer.report ?? Report.success('The remote work is completed.');
      case 'failed':
        return Report.error('The remote work failed.', undefined, answer.report && [answer.report]);
      default: {
        const { status, percent = 0, askAgainSeconds = ASK_AGAIN_SECONDS } = answer;
        await call.context.progress(percent, `the remote work is ${status}`);
        throw new RetryLaterError(askAgainSeconds, `the remote work is ${status}`);
      }
    }
  };
