import { spawnSync } from 'node:child_process';

/** Bash calls this instead of every program, because it finds none. */
const RECORDER = `
PATH=/nowhere
command_not_found_handle() { printf '%s\\0' "$@" >&3; printf '\\036' >&3; }
kill() { :; }
`;

/**
 * Lets bash read a script without running its programs.
 * @param scratch the home and the working directory, where redirections may write
 * @returns the words of each command, as the programs would be given them
 * @throws when bash cannot read the script
 */
export function recordCommands(script: string, scratch: string): string[][] {
  const { output, status, stderr } = spawnSync('/bin/bash', ['-c', `${RECORDER}${script}`], {
    cwd: scratch,
    env: { HOME: scratch },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout: 10_000,
  });
  if (/syntax error/.test(stderr) || status === null) throw new Error(stderr);
  return (output[3] ?? '')
    .split('\x1e')
    .filter((command) => command !== '')
    .map((command) => command.split('\0').slice(0, -1));
}
