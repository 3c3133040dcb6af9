import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '../../infra/repository-root.ts';
import type { ConfigInput } from '../../shared/config/config.ts';

/** The files and folders that a deployment needs. */
const PARTS = [
  ...['infra', 'functions', 'shared', 'test/deploy', 'package.json', 'package-lock.json'],
  ...['cdk.json', '.dockerignore', 'task-queue.config.json'],
];

/** Copies the repository, so that a test may deploy it with another configuration. */
export function createCheckout(directory: string): void {
  mkdirSync(directory);
  for (const part of PARTS) {
    cpSync(join(REPOSITORY_ROOT, part), join(directory, part), { recursive: true });
  }
  symlinkSync(join(REPOSITORY_ROOT, 'node_modules'), join(directory, 'node_modules'));
}

export function editConfig(checkout: string, edit: (config: ConfigInput) => ConfigInput): void {
  const path = join(checkout, 'task-queue.config.json');
  const config = JSON.parse(readFileSync(path, 'utf8')) as ConfigInput;
  writeFileSync(path, JSON.stringify(edit(config), null, 2));
}
