import { execFile } from 'node:child_process';
import { cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type WorkerImage = {
  /** The container's working directory. */
  readonly directory: string;
  readonly entryPoint: readonly string[];
};

/**
 * Builds the worker's image from the build context that CDK has staged, without Docker. It runs the
 * Dockerfile's build command, with the node_modules of this checkout instead of `npm ci`.
 * @param uri of the task definition; its tag is the hash of the build context
 */
export async function buildWorkerImage(checkout: string, uri: string): Promise<WorkerImage> {
  const hash = uri.slice(uri.lastIndexOf(':') + 1);
  const context = join(checkout, 'cdk.out', `asset.${hash}`);
  const build = join(checkout, 'images', hash, 'build');
  const directory = join(checkout, 'images', hash, 'app');
  const dockerfile = readFileSync(join(context, 'functions/worker/Dockerfile'), 'utf8');
  const command = captured(dockerfile, /^RUN (npx esbuild (?:[^\n]*\\\n)*[^\n]*)$/m);
  const entryPoint = JSON.parse(captured(dockerfile, /^ENTRYPOINT (\[.*\])$/m)) as string[];
  if (existsSync(directory)) return { directory, entryPoint };

  cpSync(context, build, { recursive: true });
  symlinkSync(join(checkout, 'node_modules'), join(build, 'node_modules'));
  await run('sh', ['-c', command], { cwd: build });
  cpSync(join(build, 'worker'), directory, { recursive: true });
  await run('chmod', ['-R', 'a+rX', directory]);
  return { directory, entryPoint };
}

function captured(dockerfile: string, pattern: RegExp): string {
  const [, text] = pattern.exec(dockerfile) ?? [];
  if (text === undefined) throw new Error(`The worker's Dockerfile has no ${pattern.source}.`);
  return text;
}
