import { isoTime } from '../../shared/clock.ts';
import { FileNotFoundError } from '../../shared/errors.ts';
import { downloadableFile } from '../../shared/task-log/task-file.ts';
import type { Wiring } from '../wiring/wiring.ts';
import type { Route } from './http.ts';
import { ownTask } from './own-task.ts';

/** Long enough to follow a link, too short to pass it on. */
const LIFETIME_SECONDS = 300;

/**
 * GET /tasks/{id}/file → 303 to an address that downloads the file, for five minutes. For clients
 * that do not follow, the body is `{ url, name, bytes, contentType, expiresAt }`.
 */
export const getTaskFile =
  ({ log, files, catalogue }: Pick<Wiring, 'log' | 'files' | 'catalogue'>): Route =>
  async (request) => {
    const task = await ownTask(request.path['id'], request.caller, (id) => log.getSummary(id));
    const file = downloadableFile(task, catalogue);
    if (!file || !files) throw new FileNotFoundError(task.id);
    const { key, ...about } = file;
    const expiresAt = isoTime(Date.now() + LIFETIME_SECONDS * 1000);
    const url = await files.downloadUrl(key, LIFETIME_SECONDS);
    return { status: 303, headers: { location: url }, body: { url, ...about, expiresAt } };
  };
