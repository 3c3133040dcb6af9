import type { Metafile } from 'esbuild';

const PARTS = 10;

/** Lists the packages and folders in a bundle with their bytes, the largest first. */
export function largestParts({ outputs }: Metafile): [name: string, bytes: number][] {
  const sizes = new Map<string, number>();
  for (const [path, { bytesInOutput }] of Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs),
  )) {
    const name = partOf(path);
    sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
  }
  return [...sizes].sort(([, one], [, other]) => other - one).slice(0, PARTS);
}

/** `node_modules/@smithy/core/…` is `@smithy/core`, `shared/task/message.ts` is `shared/task`. */
function partOf(path: string): string {
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
  return name ?? path.split('/').slice(0, 2).join('/');
}
