import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { durationText, plain } from '../../functions/cli/terminal/text.ts';
import { workerLog } from '../../functions/cli/terminal/worker-log.ts';
import { aTask } from '../support/a-task.ts';

test('somebody at a terminal sees each task begin and end: what it is, its queue, how long it took', () => {
  const lines: string[] = [];
  const { observer, logger } = workerLog(
    (line) => lines.push(stripVTControlCharacters(line)),
    plain,
  );
  const task = aTask({ name: 'export-results' });

  observer.picked('priority', 0.2, task);
  observer.ended('priority', 'completed', 1.234, task);
  observer.ended('priority', 'set-aside', 0.012, undefined);
  logger.warn('attempt failed', { taskId: task.id, error: new Error('out of paper') });
  logger.info('settings changed', { changes: [{ from: 1, to: 2 }], changedBy: undefined });

  expect(lines.map((line) => line.replace(/^\d\d:\d\d:\d\d {2}/, ''))).toEqual([
    `begun      ${task.id}  export-results  priority`,
    `completed  ${task.id}  export-results  priority  1.2 s`,
    'set-aside  no task  priority  12 ms',
    `attempt failed, taskId ${task.id}, out of paper`,
    'settings changed, changes [{"from":1,"to":2}]',
  ]);
});

test('what callers have written cannot command the terminal of a worker, nor look like another line', () => {
  const lines: string[] = [];
  const { observer, logger } = workerLog(
    (line) => lines.push(stripVTControlCharacters(line)),
    plain,
  );

  observer.picked('main', 0, aTask({ name: 'a\u0007b\nc' }));
  logger.warn('attempt failed', { error: new Error('no "\u0007\u009b2J"\r\n12:00:00  completed') });

  expect(lines[0]).toContain('  ab c  main');
  expect(lines[1]).toMatch(/attempt failed, no "2J" 12:00:00 {2}completed$/);
});

test.each([
  [0.0004, '0 ms'],
  [59.94, '59.9 s'],
  [125, '2 min 5 s'],
])('%d s are shown as %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});
