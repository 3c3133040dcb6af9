import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ALL_PAGES = globSync(['*.md', 'docs/**/*.md', '.github/*.md'], { cwd: ROOT }).sort();

/** Decision records and the changelog describe the code of their day. */
const CURRENT_PAGES = ALL_PAGES.filter((page) => !/^docs\/adr\/|^CHANGELOG/.test(page));

const textOf = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

/** The page without fenced code. */
const proseOf = (page: string): string => textOf(page).replace(/^```.*?^```/gms, '');

/** Ids of the headings, as GitHub makes them. */
function anchorsOf(page: string): Set<string> {
  const seen = new Map<string, number>();
  const anchors = [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => {
    const slug = heading
      .replace(/\[(.+?)\]\(.+?\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
  return new Set(anchors);
}

/** The links of a page that lead to no file, or to no heading. */
function brokenLinks(page: string): string[] {
  const links = [...proseOf(page).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)];
  return links
    .map(([, target = '']) => target)
    .filter((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : normalize(join(dirname(page), path));
      if (!existsSync(join(ROOT, file))) return true;
      return anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).has(anchor);
    });
}

const PATH = /`((?:\.ci|\.github|docs|exports|functions|infra|shared|test)\/[\w./-]+)`/g;

const missingPaths = (page: string): string[] =>
  [...proseOf(page).matchAll(PATH)]
    .map(([, path = '']) => path)
    .filter((path) => !existsSync(join(ROOT, path)));

const unknownScripts = (page: string): string[] =>
  [...textOf(page).matchAll(/npm run (?:--silent )?([a-z][a-z:-]*)/g)]
    .map(([, script = '']) => script)
    .filter((script) => !(script in packageJson.scripts));

describe('every link leads to a file and a heading that exist', () => {
  test.each(ALL_PAGES)('%s', (page) => {
    expect(brokenLinks(page)).toEqual([]);
  });
});

describe('every file and npm script that a page names exists', () => {
  test.each(CURRENT_PAGES)('%s', (page) => {
    expect({ paths: missingPaths(page), scripts: unknownScripts(page) }).toEqual({
      paths: [],
      scripts: [],
    });
  });
});
