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
};

const phrase = (banned: string, plain: string): Phrase => ({ banned, plain });

const PHRASES: readonly Phrase[] = [
  phrase('by choice', 'opt-in'),
  phrase('mend(s|ed|ing)?', 'fix'),
  phrase('anew', 'again'),
  phrase('be it (null|undefined)', 'even if null'),
  phrase('(is|are|was|were|be|been|being) told', 'is notified'),
  phrase('before your eyes', 'while you watch'),
  phrase('in vain', 'without effect'),
  phrase('whoever', 'name the role: the caller, the worker, an operator'),
  phrase('as good as no', 'equivalent to no'),
  phrase("somebody else's?", "another owner's, another worker's"),
  phrase('like that already', 'No change'),
  phrase('a way out', 'internet access'),
  phrase('works? (them|it) down', 'processes them'),
  phrase('on the way', 'in transit'),
  phrase('for ever', 'forever, indefinitely'),
  phrase('but for', 'except'),
  phrase('all the same', 'anyway'),
  phrase('left[- ]behind', 'in another queue, in another store'),
  phrase('janitor', 'reaper'),
  phrase('patience', 'retry budget'),
  phrase('(hand(ed|s|ing)?|put(s|ting)?) (it |them |tasks )?back', 'requeue'),
  phrase('(stood|stands?) still', 'stalled'),
];

/** First words of a comment that hide its subject. */
const OPENING = /^[ \t]*(?:\/\*\*|\*|\/\/)[ \t]+(Of|What|Whoever|The same|One that|Has)\b/gm;

/** A sentence with `who` as its subject, which is not a question. */
const WHO = /(?:^|[.:*|] )Who (?:wants|needs|has|gets|ends|knows|writes|cannot)\b(?![^.]*\?)/gm;

/** Lists every use of a banned phrase with the plain words for it, and fails if there is one. */
function main(): void {
  const uses = globSync(TEXTS, { cwd: ROOT, exclude: ['functions/tasks/**'] })
    .filter((path) => path !== relative(ROOT, import.meta.filename))
    .sort()
    .flatMap(bannedPhrasesIn);
  process.stderr.write(uses.map((use) => `${use}\n`).join(''));
  if (uses.length > 0) process.exitCode = 1;
}

function bannedPhrasesIn(path: string): string[] {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const uses = (pattern: RegExp, plain: string): string[] =>
    usesIn(path, text, pattern).map((use) => `${use}: write "${plain}"`);
  return [
    ...PHRASES.flatMap(({ banned, plain }) => uses(regExp(banned), plain)),
    ...uses(WHO, 'if you want'),
    ...uses(OPENING, 'the subject first'),
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
