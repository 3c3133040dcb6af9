import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** Every text that people read: pages, comments, error messages, log lines and help. */
const TEXTS = [
  '*.md',
  '.github/**/*.{md,yml}',
  'docs/**/*.{md,ts}',
  '{exports,functions,infra,shared,test}/**/*.{md,ts}',
];

/** A phrase that second-language readers stumble over. */
type Phrase = {
  /** Source of a regular expression. A space also matches a line break within a comment. */
  readonly banned: string;
  readonly plain: string;
  /** How many uses are still accepted. */
  readonly limit: number;
};

const phrase = (banned: string, plain: string, limit = 0): Phrase => ({ banned, plain, limit });

const PHRASES: readonly Phrase[] = [
  phrase('by choice', 'opt-in'),
  phrase('mend(s|ed|ing)?', 'fix', 2),
  phrase('anew', 'again'),
  phrase('be it (null|undefined)', 'even if null'),
  phrase('(is|are|was|were|be|been|being) told', 'is notified', 4),
  phrase('before your eyes', 'while you watch'),
  phrase('in vain', 'without effect', 2),
  phrase('whoever', 'name the role: the caller, the worker, an operator', 9),
  phrase('as good as no', 'equivalent to no'),
  phrase("somebody else's?", "another owner's, another worker's"),
  phrase('like that already', 'No change'),
  phrase('a way out', 'internet access'),
  phrase('works? (them|it) down', 'processes them'),
  phrase('on the way', 'in transit'),
  phrase('for ever', 'forever, indefinitely'),
  phrase('but for', 'except', 2),
  phrase('all the same', 'anyway'),
  phrase('left[- ]behind', 'in another queue, in another store', 5),
  phrase('janitor', 'reaper'),
  phrase('patience', 'retry budget', 5),
  phrase('(hand(ed|s|ing)?|put(s|ting)?) (it |them |tasks )?back', 'requeue', 3),
  phrase('(stood|stands?) still', 'stalled'),
];

/** First words of a comment that hide its subject. */
const OPENING = /^[ \t]*(?:\/\*\*|\*|\/\/)[ \t]+(Of|What|Whoever|The same|One that|Has)\b/gm;

const OPENINGS_LIMIT = 33;

/** A sentence with `who` as its subject, which is not a question. */
const WHO = /(?:^|[.:*|] )Who (?:wants|needs|has|gets|ends|knows|writes|cannot)\b(?![^.]*\?)/gm;

const WHO_LIMIT = 0;

/** The uses of one banned phrase. */
type Usage = {
  readonly banned: string;
  readonly limit: number;
  /** Each use with its place and the plain words to use instead. */
  readonly found: readonly string[];
};

/** Lists every banned phrase that is used more often than accepted, and fails if there is one. */
function main(): void {
  const excess = findBannedPhrases().filter(({ limit, found }) => found.length > limit);
  for (const { banned, limit, found } of excess) {
    process.stderr.write(`/${banned}/ is used ${found.length} times, limit ${limit}\n`);
    process.stderr.write(found.map((use) => `  ${use}\n`).join(''));
  }
  if (excess.length > 0) process.exitCode = 1;
}

function findBannedPhrases(): readonly Usage[] {
  const texts = globSync(TEXTS, { cwd: ROOT })
    .filter((path) => path !== relative(ROOT, import.meta.filename))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
  const usage = (banned: string, pattern: RegExp, plain: string, limit: number): Usage => {
    const found = texts.flatMap(({ path, text }) => usesIn(path, text, pattern));
    return { banned, limit, found: found.map((use) => `${use}: write "${plain}"`) };
  };
  return [
    ...PHRASES.map(({ banned, plain, limit }) => usage(banned, regExp(banned), plain, limit)),
    usage('Who wants', WHO, 'if you want', WHO_LIMIT),
    usage('comments that begin with Of, What, Has', OPENING, 'the subject first', OPENINGS_LIMIT),
  ];
}

function usesIn(path: string, text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(({ 0: use, index }) => {
    const line = text.slice(0, index).split('\n').length;
    return `${path}:${line} "${use.replace(/\s+/g, ' ').trim()}"`;
  });
}

const regExp = (banned: string): RegExp =>
  new RegExp(`\\b${banned.replaceAll(' ', '(?:\\s|\\*|//)+')}\\b`, 'gi');

main();
