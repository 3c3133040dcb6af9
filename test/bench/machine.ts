import { readFile } from 'node:fs/promises';
import { arch, cpus, release, totalmem, type } from 'node:os';

/** Where and with what the numbers were made. */
export type Machine = {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly os: string;
  readonly node: string;
  /** ISO 8601, UTC. */
  readonly date: string;
  /** Package → version. */
  readonly packages: Readonly<Record<string, string>>;
};

const PACKAGES = ['fauxqs', '@dynoxide/linux-x64', '@aws-sdk/client-sqs', 'sqs-consumer'];
const MODULES = new URL('../../node_modules/', import.meta.url);

export async function describeMachine(packages = PACKAGES): Promise<Machine> {
  const versions = await Promise.all(packages.map(versionOf));
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    os: `${type()} ${release()} ${arch()}`,
    node: process.version,
    date: new Date().toISOString(),
    packages: Object.fromEntries(packages.map((name, index) => [name, versions[index] ?? ''])),
  };
}

async function versionOf(name: string): Promise<string> {
  try {
    const text = await readFile(new URL(`${name}/package.json`, MODULES), 'utf8');
    return (JSON.parse(text) as { version: string }).version;
  } catch {
    // The DynamoDB emulator may have come some other way.
    return 'unknown';
  }
}
