import { type JsonValue, jsonBytes } from '../json.ts';

export type ReportType = 'info' | 'success' | 'warning' | 'error';

/** What a task has to say about its run: a tree, so that a part can report on its parts. */
export type Report = {
  readonly type: ReportType;
  readonly message: string;
  readonly data?: JsonValue;
  readonly children: readonly Report[];
};

const report =
  (type: ReportType) =>
  (message: string, data?: JsonValue, children: readonly Report[] = []): Report => ({
    type,
    message,
    ...(data === undefined ? {} : { data }),
    children,
  });

/** `Report.success('Imported', { rows: 41 }, [Report.warning('row 7 has no score')])` */
export const Report = {
  info: report('info'),
  success: report('success'),
  warning: report('warning'),
  error: report('error'),
};

/** One error anywhere in the tree makes the whole task failed. */
export const containsError = ({ type, children }: Report): boolean =>
  type === 'error' || children.some(containsError);

/**
 * The report cut down to `maxBytes` of JSON: first the data goes, then the children from the end.
 * Says so in a warning, because a report that cannot be stored would leave its task unfinished.
 */
export function fitReport(full: Report, maxBytes: number): Report {
  if (jsonBytes(full) <= maxBytes) return full;
  const cut = Report.warning(
    `This report was shortened: it took ${jsonBytes(full)} bytes, at most ${maxBytes} are kept.`,
  );
  const messages = withoutData(full, maxBytes);
  const kept: Report[] = [];
  let bytes = jsonBytes({ ...messages, children: [cut] });
  for (const child of messages.children) {
    bytes += jsonBytes(child) + 1;
    if (bytes > maxBytes) break;
    kept.push(child);
  }
  return { ...messages, children: [cut, ...kept] };
}

/** Even one message alone must fit, so none may take more than a quarter of the space. */
const withoutData = ({ type, message, children }: Report, maxBytes: number): Report => ({
  type,
  message: message.slice(0, Math.floor(maxBytes / 16)),
  children: children.map((child) => withoutData(child, maxBytes)),
});
