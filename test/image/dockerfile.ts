export type Instruction = { readonly name: string; readonly text: string };

export type Stage = {
  readonly name: string;
  /** An image, or a stage before it. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
};

export type Dockerfile = {
  readonly args: ReadonlyMap<string, string>;
  /** The last one is what is built. */
  readonly stages: readonly Stage[];
};

/** Replaces `$NAME` and `${NAME}`; what is not set is empty. */
export const expand = (text: string, variables: ReadonlyMap<string, string>): string =>
  text.replaceAll(/\$\{?(\w+)\}?/g, (_, name: string) => variables.get(name) ?? '');

/** `NAME=value`, or `NAME` alone. */
export function nameAndValue(text: string): [string, string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/**
 * Reads a Dockerfile, one instruction a line.
 * @param given values of its arguments, instead of their defaults
 */
export function parseDockerfile(text: string, given: Readonly<Record<string, string>>): Dockerfile {
  const args = new Map<string, string>();
  const stages: (Stage & { readonly instructions: Instruction[] })[] = [];
  for (const instruction of instructionsOf(text)) {
    const stage = stages.at(-1);
    if (instruction.name === 'FROM') stages.push(stageOf(instruction.text, args, stages.length));
    else if (stage) stage.instructions.push(instruction);
    else {
      const [name, value = ''] = nameAndValue(instruction.text);
      args.set(name, given[name] ?? value);
    }
  }
  return { args, stages };
}

const instructionsOf = (text: string): Instruction[] =>
  text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
      return { name, text: rest };
    });

function stageOf(text: string, args: ReadonlyMap<string, string>, index: number) {
  const [, from = '', name = String(index)] =
    /^(?:--platform=\S+ )?(\S+)(?: AS (\S+))?$/.exec(text) ?? [];
  return { name, from: expand(from, args), instructions: [] };
}
