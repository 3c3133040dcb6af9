import { BUNDLES, type Bundle, bundle } from './bundles.ts';
import { largestParts } from './largest-parts.ts';

/** Bundles every program of a deployment, and fails when one is larger than it may be. */
async function main(): Promise<void> {
  const complaints = await Promise.all(BUNDLES.map(complaintAbout));
  const found = complaints.filter((complaint) => complaint !== undefined);
  if (found.length === 0) return;
  process.stderr.write(`${found.join('\n')}\n`);
  process.exitCode = 1;
}

async function complaintAbout(program: Bundle): Promise<string | undefined> {
  const { bytes, later, metafile } = await bundle(program);
  const excess = Math.max(bytes, ...later) - program.limit;
  if (excess <= 0) return undefined;
  const parts = largestParts(metafile).map(([name, size]) => `  ${kilobytes(size)} ${name}`);
  return [
    `${program.name} has a file of ${kilobytes(program.limit + excess)}, ${kilobytes(excess)} more than it may. Most of it all:`,
    ...parts,
  ].join('\n');
}

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

await main();
