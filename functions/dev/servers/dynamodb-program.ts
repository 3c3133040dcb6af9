import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

/**
 * Finds the program of the DynamoDB emulator: the one from npm, or the one `DYNOXIDE_PATH` names.
 * @throws one sentence on how to get one, on platforms for which npm has none
 */
export function dynamodbProgram(env: NodeJS.ProcessEnv): string {
  const own = env['DYNOXIDE_PATH'];
  if (own !== undefined) {
    if (existsSync(own)) return own;
    throw new Error(`DYNOXIDE_PATH is ${own}, but there is no such file.`);
  }
  try {
    return createRequire(import.meta.url).resolve('@dynoxide/linux-x64/dynoxide');
  } catch {
    throw new Error(
      `npm has no DynamoDB emulator for ${process.platform}-${process.arch}: ` +
        'run "cargo install dynoxide-rs" (or "brew install nubo-db/tap/dynoxide") and set ' +
        'DYNOXIDE_PATH to the program.',
    );
  }
}
