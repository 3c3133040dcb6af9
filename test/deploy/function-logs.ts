import { callJson } from './call-aws.ts';
import type { Emulator } from './emulator.ts';

type LogGroups = { readonly logGroups: readonly { readonly logGroupName: string }[] };
type Events = { readonly events: readonly { readonly message: string }[] };

/** The latest lines of the deployed functions, for a test that has failed. */
export async function functionLogs(emulator: Emulator): Promise<string> {
  const logs = <Answer>(action: string, input: object): Promise<Answer> =>
    callJson(emulator, 'logs', `Logs_20140328.${action}`, input);
  const { logGroups } = await logs<LogGroups>('DescribeLogGroups', {});
  const texts = await Promise.all(
    logGroups.map(async ({ logGroupName }) => {
      const { events } = await logs<Events>('FilterLogEvents', { logGroupName });
      return [logGroupName, ...events.slice(-20).map(({ message }) => `  ${message.trimEnd()}`)];
    }),
  );
  return texts.flat().join('\n');
}
