import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { installFromPypi } from '../support/install-from-pypi.ts';

/** Findings that are accepted, each with its reason. */
const ACCEPTED = {
  W3005: 'CDK orders a function after its role, which the reference to the role does already.',
};

/**
 * Checks templates against the schemas of all resource types, and some hundred rules.
 * @returns what it found, a line each, with the template's path; nothing when all is well
 * @throws {InstallError} when it cannot be installed
 */
export async function cfnLint(templates: readonly string[]): Promise<readonly string[]> {
  const program = await installFromPypi('cfn-lint', join(import.meta.dirname, 'requirements.txt'));
  const child = spawn(
    program,
    ['--format', 'parseable', '--ignore-checks', ...Object.keys(ACCEPTED), '--', ...templates],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const [output, complaint, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended,
  ]);
  const findings = output.split('\n').filter((line) => line !== '');
  if (status !== 0 && findings.length === 0) {
    throw new Error(`cfn-lint ended with ${status}: ${complaint}`);
  }
  return findings;
}
