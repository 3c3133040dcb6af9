import { join } from 'node:path';
import { REPOSITORY, run } from './run-command.ts';

export type Tarball = {
  readonly path: string;
  /** As packed, and as installed. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
};

/** Makes the tarball that would be published. */
export function pack(directory: string): Tarball {
  run(process.execPath, ['functions/dev/generate/build-package.ts'], REPOSITORY);
  const args = ['pack', './dist/package', '--json', '--pack-destination', directory];
  const [packed] = JSON.parse(run('npm', args, REPOSITORY));
  return { ...packed, path: join(directory, packed.filename) };
}
