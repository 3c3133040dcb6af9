/**
 * For `.addHelpText('after', …)`: pairs of a command line and what it does.
 * Every command has some: docs/cli.md is made from the help.
 */
export const examples = (
  ...lines: readonly (readonly [commandLine: string, what: string])[]
): string =>
  `\nExamples:\n${lines.map(([line, what]) => `  # ${what}\n  $ task-queue ${line}`).join('\n')}`;
