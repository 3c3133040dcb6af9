import { statusView, taskView } from '../../shared/api/views.ts';
import { type Clock, isoTime, pause, systemClock } from '../../shared/clock.ts';
import { FileNotFoundError, ReportNotFoundError } from '../../shared/errors.ts';
import { MAX_WAIT_SECONDS } from '../../shared/limits.ts';
import { isFinal } from '../../shared/task-log/status.ts';
import { downloadableFile } from '../../shared/task-log/task-file.ts';
import type { TaskQueries } from '../../shared/task-log/task-log.ts';
import { strictObject } from '../../shared/validation.ts';
import type { Wiring } from '../wiring/wiring.ts';
import { ownTask } from './caller.ts';
import { type ApiRequest, parseQuery, type RouteHandler } from './http.ts';
import { wholeNumberIn } from './query-fields.ts';

type Deps = Pick<Wiring, 'log' | 'catalogue'>;

/** GET /tasks/{id}[?wait=20] → 200, the task with its parameters and report. */
export const getTask =
  ({ log, catalogue }: Deps, time = realTime): RouteHandler =>
  async (request) => {
    await untilEnded(request, log, time);
    const task = await ownTask(request.path['id'], request.caller, (id) => log.get(id));
    return { status: 200, body: taskView(task, catalogue) };
  };

/** GET /tasks/{id}/report[?wait=20] → 200, the report of the latest attempt that ended. */
export const getTaskReport =
  ({ log }: Pick<Deps, 'log'>, time = realTime): RouteHandler =>
  async (request) => {
    await untilEnded(request, log, time);
    const { id, report } = await ownTask(request.path['id'], request.caller, (id) => log.get(id));
    if (!report) throw new ReportNotFoundError(id);
    return { status: 200, body: report };
  };

/** GET /tasks/{id}/status[?wait=20] → 200 `{ id, status, statusCategory, statusLabel, progress? }`. */
export const getTaskStatus =
  ({ log }: Pick<Deps, 'log'>, time = realTime): RouteHandler =>
  async (request) => {
    await untilEnded(request, log, time);
    const task = await ownTask(request.path['id'], request.caller, (id) => log.getSummary(id));
    return { status: 200, body: statusView(task) };
  };

/** Long enough to follow a link, too short to pass it on. */
const LINK_LIFETIME_SECONDS = 300;

/**
 * GET /tasks/{id}/file → 303 to an address that downloads the file, valid for five minutes. Clients
 * that do not follow redirects read the body: `{ url, name, bytes, contentType, expiresAt }`.
 */
export const getTaskFile =
  ({ log, files, catalogue }: Pick<Wiring, 'log' | 'files' | 'catalogue'>): RouteHandler =>
  async (request) => {
    const task = await ownTask(request.path['id'], request.caller, (id) => log.getSummary(id));
    const file = downloadableFile(task, catalogue);
    if (!file || !files) throw new FileNotFoundError(task.id);
    const { key, ...about } = file;
    const expiresAt = isoTime(Date.now() + LINK_LIFETIME_SECONDS * 1000);
    const url = await files.downloadUrl(key, LINK_LIFETIME_SECONDS);
    return { status: 303, headers: { location: url }, body: { url, ...about, expiresAt } };
  };

/** The clock and the pauses of a waiting request. Tests pass their own. */
export type Time = { readonly clock: Clock; readonly pause: typeof pause };

const realTime: Time = { clock: systemClock, pause };

/** The first pause is short, so that quick tasks are answered at once. Later pauses grow. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 500;
const GROWTH = 1.5;

export const waitQuerySchema = strictObject({
  wait: wholeNumberIn(0, MAX_WAIT_SECONDS)
    .default(0)
    .describe('Seconds to wait for the task to end. The response shows the task as it is then.'),
});

/**
 * Resolves when the task of `/tasks/{id}?wait=20` has ended, when the time is over, or when the
 * client has disconnected. Without `wait` it resolves at once. Each poll is an eventually consistent
 * read, half a read unit: the next poll finds what this one misses.
 * @throws {RequestError | TaskNotFoundError}
 */
async function untilEnded(request: ApiRequest, log: TaskQueries, time: Time): Promise<void> {
  const { wait } = parseQuery(waitQuerySchema, request);
  if (wait === 0) return;
  const { clock, pause } = time;
  const { caller, path, signal } = request;
  const deadline = clock.now() + wait * 1000;
  let { id, status } = await ownTask(path['id'], caller, (id) => log.getSummary(id));
  let pauseMs = FIRST_PAUSE_MS;
  while (!isFinal(status) && clock.now() < deadline && !signal?.aborted) {
    await pause(Math.min(pauseMs, deadline - clock.now()), signal);
    pauseMs = Math.min(pauseMs * GROWTH, LONGEST_PAUSE_MS);
    status = (await log.getSummary(id, 'soon'))?.status ?? status;
  }
}
