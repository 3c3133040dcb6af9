import { isUtf8 } from 'node:buffer';
import { type FieldProblem, pathOfKeys } from './errors.ts';

/** JSON that is refused. `message` continues a subject: `is not JSON: …`. */
export class JsonInvalidError extends Error {
  /** Where, if it is JSON. Empty if it is not. */
  readonly problems: readonly FieldProblem[];

  constructor(message: string, problems: readonly FieldProblem[] = []) {
    super(message);
    this.problems = problems;
  }
}

export type ParseJsonOptions = {
  /** Refuses an object with two values for a key. JSON.parse drops the first. @default false */
  readonly uniqueKeys?: boolean;
};

/**
 * Parses JSON from outside and loses nothing of it: what JSON.parse would change is refused. A byte order
 * mark, which programs on Windows write first, is allowed.
 * @param json bytes must be UTF-8
 * @throws {JsonInvalidError}
 */
export function parseJson(json: string | Uint8Array, options: ParseJsonOptions = {}): unknown {
  const text = decodeText(json);
  const value = parsed(text);
  const problems = options.uniqueKeys || MAY_CHANGE.test(text) ? problemsIn(text, options) : [];
  if (problems.length === 0) return value;
  throw new JsonInvalidError(summaryOf(problems), problems);
}

/** Decodes text from outside. @throws {JsonInvalidError} when it is not UTF-8 */
export function decodeText(json: string | Uint8Array): string {
  if (typeof json !== 'string' && !isUtf8(json)) throw new JsonInvalidError('is not UTF-8');
  return (typeof json === 'string' ? json : Buffer.from(json).toString()).replace(/^\uFEFF/, '');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new JsonInvalidError(`is not JSON: ${error.message}`);
  }
}

/** Shown, so that an answer stays short. */
const MAX_PROBLEMS = 20;
const MAX_NUMBER = 40;
const MAX_PATH = 200;

/** The look of a number with a problem. Digits in strings match too: they only cost a second look. */
const MAY_CHANGE = /[\d.]{16}|\d[eE][+-]?\d{3}/;

/** The parts of valid JSON that tell where a value is. */
const TOKEN = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|(-?\d[\d.eE+-]*)|[{}[\],]/g;

function problemsIn(json: string, options: ParseJsonOptions): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const walk = new Walk(options);
  for (const found of json.matchAll(TOKEN)) {
    const message = walk.next(found);
    if (message !== undefined) problems.push({ path: walk.path, message });
    if (problems.length === MAX_PROBLEMS) break;
  }
  return problems;
}

/** Goes through valid JSON token by token. Does not recurse. */
class Walk {
  /** The objects and arrays around the current token, each with its current key or index. */
  readonly #around: { at: string | number; readonly keys: Set<string> }[] = [];
  readonly #options: ParseJsonOptions;

  constructor(options: ParseJsonOptions) {
    this.#options = options;
  }

  get path(): string {
    const keys = this.#around.slice(0, MAX_PATH).map(({ at }) => at);
    return shortened(pathOfKeys(keys), MAX_PATH);
  }

  /** @returns what is wrong with the token, if anything */
  next([token, text, colon, number]: RegExpExecArray): string | undefined {
    if (number !== undefined) {
      return isKept(number) ? undefined : `${shortened(number, MAX_NUMBER)} ${NOT_KEPT}`;
    }
    if (text === undefined) this.#move(token);
    else if (colon !== undefined && this.#isRepeated(JSON.parse(text))) return 'is there twice';
    return undefined;
  }

  #isRepeated(key: string): boolean {
    const object = this.#around.at(-1);
    if (!object) return false;
    const isRepeated = object.keys.has(key);
    if (this.#options.uniqueKeys) object.keys.add(key);
    object.at = key;
    return isRepeated;
  }

  #move(token: string): void {
    const inner = this.#around.at(-1);
    if (token === '{' || token === '[') {
      this.#around.push({ at: token === '[' ? 0 : '', keys: new Set() });
    } else if (token === '}' || token === ']') this.#around.pop();
    else if (token === ',' && typeof inner?.at === 'number') inner.at += 1;
  }
}

const NOT_KEPT = 'is a number that would change; send it as a string';

/**
 * Whether a number that was read is written as it was. Fractions with the 17 digits that some programs
 * write for every number are kept, too.
 */
function isKept(number: string): boolean {
  const value = Number(number);
  const digits = digitsOf(number);
  if (digits === digitsOf(String(value))) return true;
  return number.includes('.') && digits === digitsOf(value.toPrecision(17));
}

/** Makes one text for all ways to write a number: its digits and their exponent. */
function digitsOf(number: string): string {
  const [, whole = '', fraction = '', exponent = '0'] =
    /^-?(\d+)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  if (kept === '') return '0';
  return `${kept}e${Number(exponent) - fraction.length + digits.length - kept.length}`;
}

const shortened = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length)}…` : text;

function summaryOf(problems: readonly FieldProblem[]): string {
  const [first] = problems;
  const where = first?.path ? `${first.path} ` : '';
  const more = problems.length > 1 ? '; and more' : '';
  return `has values that would be changed: ${where}${first?.message}${more}`;
}
