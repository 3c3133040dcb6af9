import { resolve } from 'node:path';
import { addAbortSignal } from 'node:stream';
import type { BulkDefaults, Refusal } from '../../../shared/bulk/bulk-line.ts';
import { BulkChangedError, checkBulk, enqueueBulk } from '../../../shared/bulk/enqueue-bulk.ts';
import type { BulkProgress, BulkTarget } from '../../../shared/bulk/file-journal.ts';
import { BulkStopped } from '../../../shared/bulk/send-lines.ts';
import { defined } from '../../../shared/defined.ts';
import { tableOf } from '../../../shared/deployment/resources.ts';
import { messageOf } from '../../../shared/foreign/text.ts';
import type { Cli, Connection } from '../cli.ts';
import { CliError, EXIT } from '../kit/cli-error.ts';
import type { EnqueueFlags } from '../kit/options/enqueue-options.ts';
import { knownTask } from '../kit/options/task-arguments.ts';
import { INTERRUPTED, interruption } from '../terminal/keyboard.ts';
import { startProgress } from '../terminal/progress.ts';
import {
  assertDistinct,
  type BulkSource,
  openBulkSource,
  openJournal,
  openRefusalFile,
  type RefusalFile,
  refusedLineText,
} from './bulk-files.ts';

/** `enqueue --bulk` */
export async function enqueueBulkFile(
  path: string,
  name: string | undefined,
  options: EnqueueFlags,
  cli: Cli,
): Promise<void> {
  const source = await openBulkSource(path, cli);
  // A pipe cannot be read again, so it has no journal of its own.
  const ownJournal = source.size === undefined ? undefined : `${path}.progress`;
  const { errors, journal: journalPath = ownJournal } = options;
  await assertDistinct({ source: path, errors, journal: journalPath }, cli.host);
  const connection = await cli.connect();
  if (name !== undefined) knownTask(name, connection.catalogue);
  const { label, owner, delay } = options;
  // Without undefined keys: the journal compares them.
  const defaults: BulkDefaults = defined({ name, label, owner, delaySeconds: delay });
  if (options.dryRun) return check(source, defaults, options, connection, cli);

  const target = { ...defaults, table: nameOfLog(connection) };
  await enqueueAll(source, { journalPath, target, options }, connection, cli);
}

/** Name of the table, or of the database. */
function nameOfLog({ config: { taskLog }, resources }: Connection): string {
  if (taskLog.type !== 'postgres') return tableOf(resources);
  const { host, pathname } = new URL(resources.databases?.[taskLog.persistence]?.url ?? '');
  return `${host}${pathname}`;
}

type Job = {
  readonly journalPath: string | undefined;
  readonly target: BulkTarget;
  readonly options: EnqueueFlags;
};

async function enqueueAll(
  { stream, size }: BulkSource,
  { journalPath, target, options }: Job,
  { dispatcher, log }: Connection,
  cli: Cli,
): Promise<void> {
  const { host } = cli;
  const stop = interruption(cli);
  const { journal, progress, release } = await openJournal(journalPath, target, options, host);
  cli.run.opened(release);
  const refusalsAt = options.errors && resolve(host.directory, options.errors);
  const keepBytes = progress.refusalsAt === refusalsAt ? progress.done.refusalBytes : 0;
  const refusals = refusalsAt ? await openRefusalFile(refusalsAt, keepBytes) : undefined;
  const start: BulkProgress = { ...progress, ...defined({ refusalsAt }) };
  const bar = startBulkBar(cli, size);
  const startedAt = Date.now();
  // It may be waiting for a line that does not come.
  addAbortSignal(stop, stream);
  let end = start;
  try {
    end = await enqueueBulk(stream, start, {
      dispatcher,
      log,
      journal: {
        // A repeated command does everything again that is not in the journal.
        write: async (now) => {
          await journal.write(now).catch((error: unknown) => {
            throw new CliError(`The journal cannot be written: ${messageOf(error)}.`);
          });
          end = now;
        },
      },
      withoutRecords: options.withoutRecords ?? false,
      stop,
      keepRefusals: (refused) => keep(refused, refusals, bar.end, cli),
      onEarlierRefusal: (refusal) => cli.note(refusedLineText(refusal)),
      onProgress: bar.update,
    });
    bar.end();
    showEnd(start, end, (Date.now() - startedAt) / 1000, cli);
  } catch (error) {
    bar.end();
    failed(stop.aborted ? new BulkStopped() : error, end, journalPath, cli);
  } finally {
    await refusals?.close();
  }
}

async function keep(
  refused: readonly Refusal[],
  file: RefusalFile | undefined,
  clearBar: () => void,
  cli: Cli,
): Promise<number | undefined> {
  if (refused.length > 0) clearBar();
  for (const refusal of refused) cli.note(refusedLineText(refusal));
  return file?.append(refused);
}

function showEnd(
  { done: before }: BulkProgress,
  { done }: BulkProgress,
  seconds: number,
  cli: Cli,
) {
  const { lines, enqueued, refused } = done;
  const json = { lines, enqueued, refused, resumedAfterLine: before.lines, seconds };
  cli.print(json, () => {
    if (lines === before.lines && lines > 0) {
      const some = refused > 0 ? `, and ${numberText(refused)} of them refused` : '';
      return `All ${numberText(lines)} lines were dealt with before${some}. With --restart all become new tasks.`;
    }
    const resumed = before.lines > 0 ? ` It went on after line ${numberText(before.lines)}.` : '';
    return (
      `${numberText(lines)} lines: ${numberText(enqueued)} tasks enqueued, ${numberText(refused)} refused. ` +
      `${seconds.toFixed(1)} s, ${perSecond(lines - before.lines, seconds)}.${resumed}`
    );
  });
  if (refused > 0) cli.run.exitCode = EXIT.refused;
}

/** @throws {CliError} what went wrong, and how to go on */
function failed(
  error: unknown,
  { done }: BulkProgress,
  journalPath: string | undefined,
  cli: Cli,
): void {
  const goOn = journalPath
    ? `All before line ${numberText(done.lines + 1)} is done; the same command goes on there.`
    : `All before line ${numberText(done.lines + 1)} is done. Only with --journal can it go on there.`;
  if (error instanceof BulkStopped) {
    cli.note(`Stopped. ${goOn}`);
    cli.run.exitCode = INTERRUPTED;
    return;
  }
  if (error instanceof BulkChangedError) {
    throw new CliError(`${error.message}\nWith --restart all of its lines become new tasks.`);
  }
  cli.note(goOn);
  throw error;
}

async function check(
  { stream }: BulkSource,
  defaults: BulkDefaults,
  { errors }: EnqueueFlags,
  { dispatcher }: Connection,
  cli: Cli,
): Promise<void> {
  const file =
    errors === undefined ? undefined : await openRefusalFile(cli.host.pathOf(errors), 0, false);
  const result = await checkBulk(stream, defaults, dispatcher, async (refusal) => {
    cli.note(refusedLineText(refusal));
    await file?.append([refusal]);
  });
  await file?.close();
  cli.print(
    { dryRun: true, ...result },
    () =>
      `${numberText(result.lines)} lines: ${numberText(result.valid)} could be enqueued, ` +
      `${numberText(result.refused)} would be refused. Nothing was enqueued (--dry-run).`,
  );
  if (result.refused > 0) cli.run.exitCode = EXIT.refused;
}

type BulkBar = {
  readonly update: (progress: BulkProgress, bytesRead: number) => void;
  readonly end: () => void;
};

/** `[####----] 31 % 15,000 lines, 4,100/s, 9 s left`. @param size in bytes; unknown: no bar */
function startBulkBar(cli: Cli, size: number | undefined): BulkBar {
  const bar = startProgress(cli, size);
  const startedAt = Date.now();
  // An earlier run had done so much.
  let before: { lines: number; bytes: number } | undefined;
  return {
    update: ({ done }, bytesRead) => {
      before ??= { lines: done.lines, bytes: bytesRead };
      const seconds = (Date.now() - startedAt) / 1000;
      const left =
        size === undefined ? '' : timeLeft(size - bytesRead, bytesRead - before.bytes, seconds);
      const rate = perSecond(done.lines - before.lines, seconds);
      bar.update(bytesRead, `${numberText(done.lines)} lines, ${rate}${left}`);
    },
    end: () => bar.end(),
  };
}

const numberText = (value: number): string => value.toLocaleString('en-US');

const perSecond = (count: number, seconds: number): string =>
  `${numberText(Math.round(count / Math.max(seconds, 0.001)))}/s`;

function timeLeft(bytesLeft: number, bytesDone: number, seconds: number): string {
  return bytesDone > 0 ? `, ${Math.ceil((bytesLeft / bytesDone) * seconds)} s left` : '';
}
