import { describe, expect, test } from 'vitest';
import { importResultsHandler } from '../../functions/tasks/import-results/handler.ts';
import { PermanentTaskError } from '../../shared/task/task-context.ts';
import { aContext } from '../support/a-context.ts';

describe('import-results', () => {
  const importing = (...lines: string[]) =>
    importResultsHandler.run({ csv: lines.join('\n') }, aContext());

  test('counts and adds up the lines it accepts', async () => {
    const report = await importing('participant,score', 'ann,97.5', 'ben,0', 'cleo,100');

    expect(report).toMatchObject({
      type: 'success',
      message: 'Imported 3 of 3 lines',
      data: { accepted: 3, rejected: 0, sum: 197.5 },
      children: [],
    });
  });

  test('warns of every line it rejects, with its number, its reason and its content', async () => {
    const report = await importing(
      'participant,score',
      ',40',
      'ann,97',
      'ben,many',
      'cleo,101',
      'dan,-1',
      'eve',
      ',',
    );

    expect(report).toMatchObject({
      type: 'success',
      message: 'Imported 1 of 7 lines',
      data: { accepted: 1, rejected: 6, sum: 97 },
    });
    expect(report?.children.map(({ type, message }) => [type, message])).toEqual([
      ['warning', 'Line 2 has no participant'],
      ['warning', 'Line 4 has a score that is not a number'],
      ['warning', 'Line 5 has a score over 100'],
      ['warning', 'Line 6 has a score that is not a number'],
      ['warning', 'Line 7 has no score'],
      ['warning', 'Line 8 has no participant and has a score that is not a number'],
    ]);
    expect(report?.children[1]?.data).toEqual({ participant: 'ben', score: 'many' });
  });

  test.each([
    ['quoted fields', 'participant,score\n"Lovelace, ""Ada""",99\n'],
    ['empty lines', '\nparticipant,score\n\n\nann,99\n\n'],
    ['spaces around fields', ' participant , score \n ann , 99 '],
    ['columns in another order, and more of them', 'score,country,participant\n99,gb,ann'],
    ['Windows line ends', 'participant,score\r\nann,99\r\n'],
    ['a byte order mark', '\uFEFFparticipant,score\nann,99'],
  ])('reads %s', async (_case, csv) => {
    const report = await importing(csv);

    expect(report).toMatchObject({ data: { accepted: 1, rejected: 0, sum: 99 } });
  });

  test.each([
    ['without one of its columns', 'participant,points\nann,99', 'it has no column score'],
    ['without any of its columns', 'ann;99\nben;98', 'it has no column participant, score'],
    ['with a quote that is never closed', 'participant,score\n"ann,99', 'Quote Not Closed'],
  ])('gives up at once on a file %s', async (_case, csv, reason) => {
    const run = importing(csv);

    await expect(run).rejects.toBeInstanceOf(PermanentTaskError);
    await expect(run).rejects.toThrow(`The CSV cannot be read: ${reason}`);
  });
});

describe('import-results reads lines as people count them', () => {
  test('after an empty line and a quoted line break', async () => {
    const csv = 'participant,score\n\n"ann\nbee",90\nben,200\n';

    const report = await importResultsHandler.run({ csv }, aContext());

    expect(report?.children.map(({ message }) => message)).toEqual(['Line 5 has a score over 100']);
  });

  test('a first line without a score is rejected, not the whole file', async () => {
    const csv = 'participant,score\nann\nben,4\n';

    const report = await importResultsHandler.run({ csv }, aContext());

    expect(report?.children.map(({ message }) => message)).toEqual(['Line 2 has no score']);
  });

  test.each(['foo,bar\n', '\n'])('a file without our header is refused: %j', async (csv) => {
    const run = importResultsHandler.run({ csv }, aContext());

    await expect(run).rejects.toThrow('it has no column participant, score');
  });
});
