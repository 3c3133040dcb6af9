import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { REPOSITORY, run } from './run-command.ts';

/** Copies docs/examples/embed to where no other package.json is near, and installs it with the tarball. */
export function installExample(project: string, tarball: string): void {
  cpSync(join(REPOSITORY, 'docs/examples/embed'), project, { recursive: true });
  const file = join(project, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  assertVersions({ ...manifest.dependencies, ...manifest.devDependencies });
  manifest.dependencies[packageJson.name] = `file:${tarball}`;
  writeFileSync(file, JSON.stringify(manifest));
  // Uses packages that this machine has already downloaded.
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund'], project);
}

/** The example has the versions that everything else was tried with. */
function assertVersions(versions: Readonly<Record<string, string>>): void {
  const ours: Readonly<Record<string, string>> = {
    ...packageJson.dependencies,
    ...packageJson.devDependencies,
    [packageJson.name]: packageJson.version,
  };
  const others = Object.entries(versions).filter(([name, version]) => ours[name] !== version);
  if (others.length > 0) throw new Error(`other versions than ours: ${others.join(' ')}`);
}
