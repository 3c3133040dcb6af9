import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonBytes } from '../../shared/json.ts';
import { containsError, fitReport, Report, renderReport } from '../../shared/report/report.ts';

/** A report whose innermost part is `depth` levels down. */
function nested(innermost: Report, depth: number): Report {
  let report = innermost;
  for (let level = 0; level < depth; level++) report = Report.info('part', undefined, [report]);
  return report;
}

/** Short to generate, long when needed, of any characters. */
const text = fc
  .tuple(fc.string({ unit: 'binary', maxLength: 5 }), fc.integer({ min: 0, max: 500 }))
  .map(([part, times]) => part.repeat(times));

const reportOf = (levels: number): fc.Arbitrary<Report> =>
  fc.record(
    {
      type: fc.constantFrom('info', 'success', 'warning', 'error'),
      message: text,
      data: text,
      children: levels === 0 ? fc.constant([]) : fc.array(reportOf(levels - 1), { maxLength: 4 }),
    },
    { requiredKeys: ['type', 'message', 'children'] },
  );

const anyReport = reportOf(2);

describe('building a report', () => {
  test.each(['info', 'success', 'warning', 'error'] as const)(
    'a report of type %s has a message and no parts',
    (type) => {
      expect(Report[type]('Imported')).toEqual({ type, message: 'Imported', children: [] });
    },
  );

  test('a report may carry data and parts', () => {
    const part = Report.warning('row 7 has no score');

    const report = Report.success('Imported', { rows: 41 }, [part]);

    expect(report).toEqual({
      type: 'success',
      message: 'Imported',
      data: { rows: 41 },
      children: [part],
    });
  });
});

describe('containsError', () => {
  test.each([0, 1, 2, 500])('one error %i levels down makes the whole report one', (depth) => {
    expect(containsError(nested(Report.error('broken'), depth))).toBe(true);
  });

  test.each(['info', 'success', 'warning'] as const)('a tree of type %s is none', (type) => {
    const report = Report[type]('fine', undefined, [Report[type]('fine'), Report[type]('too')]);

    expect(containsError(report)).toBe(false);
  });

  test('an error among many parts is found', () => {
    const parts = Array.from({ length: 100 }, () => Report.success('fine'));

    expect(containsError(Report.info('all', undefined, [...parts, Report.error('no')]))).toBe(true);
  });
});

describe('fitReport', () => {
  const MAX_BYTES = 4000;

  test('a report that fits is kept as it is', () => {
    const report = Report.success('Imported', { rows: 41 }, [Report.warning('row 7')]);

    expect(fitReport(report, jsonBytes(report))).toBe(report);
  });

  test.each([
    ['one giant message', Report.error('x'.repeat(1_000_000))],
    ['a giant message that JSON makes six times longer', Report.error('\u0001'.repeat(1_000_000))],
    ['a giant message of lone surrogates', Report.error('\uD800'.repeat(1_000_000))],
    ['a giant multi-byte message', Report.success('漢字😀'.repeat(100_000))],
    ['giant data', Report.success('Imported', { rows: 'x'.repeat(1_000_000) })],
    [
      'data of a part',
      Report.info('all', undefined, [Report.info('part', ['x'.repeat(1_000_000)])]),
    ],
    [
      '10,000 parts',
      Report.success(
        'Imported',
        undefined,
        Array.from({ length: 10_000 }, (_, row) => Report.warning(`row ${row}`)),
      ),
    ],
    ['parts nested deep', nested(Report.info('innermost'), 500)],
  ])('%s: the report is cut to what can be stored, and says so', (_case, full) => {
    const shortened = fitReport(full, MAX_BYTES);

    expect(jsonBytes(shortened)).toBeLessThanOrEqual(MAX_BYTES);
    expect(shortened.children[0]?.message).toBe(
      `This report was shortened to ${MAX_BYTES} bytes and 50 levels.`,
    );
  });

  test('a report that says an error somewhere still says one when it is shortened', () => {
    const parts = Array.from({ length: 1000 }, (_, row) => Report.warning(`row ${row}`));
    const full = Report.success('Imported', undefined, [...parts, Report.error('the last row')]);

    const shortened = fitReport(full, MAX_BYTES);

    expect(containsError(shortened)).toBe(true);
  });

  test('data goes before parts do', () => {
    const parts = [Report.warning('row 1'), Report.warning('row 2')];
    const full = Report.success('Imported', 'x'.repeat(MAX_BYTES), parts);

    const { data, children } = fitReport(full, MAX_BYTES);

    expect(data).toBeUndefined();
    expect(children.slice(1)).toEqual(parts);
  });

  test('parts are kept from the first on', () => {
    const parts = Array.from({ length: 10_000 }, (_, row) => Report.warning(`row ${row}`));

    const [, ...kept] = fitReport(Report.success('Imported', undefined, parts), MAX_BYTES).children;

    expect(kept.length).toBeGreaterThan(10);
    expect(kept).toEqual(parts.slice(0, kept.length));
  });

  test('no report whatsoever takes more than is allowed', () => {
    fc.assert(
      fc.property(anyReport, fc.integer({ min: 1000, max: 10_000 }), (full, maxBytes) => {
        expect(jsonBytes(fitReport(full, maxBytes))).toBeLessThanOrEqual(maxBytes);
      }),
    );
  });
});

describe('renderReport', () => {
  test('shows a line per message, parts indented, data as compact JSON', () => {
    const report = Report.success('Imported', { rows: 41, from: ['a.csv'] }, [
      Report.warning('row 7', undefined, [Report.info('it has no score')]),
      Report.error('row 9', null),
    ]);

    expect(renderReport(report)).toBe(
      [
        '✔ Imported  {"rows":41,"from":["a.csv"]}',
        '  ! row 7',
        '    · it has no score',
        '  ✘ row 9  null',
      ].join('\n'),
    );
  });
});
