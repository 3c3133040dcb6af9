import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { performance } from 'node:perf_hooks';
import { nagChecksFor } from '../../infra/nag-checks.ts';
import { CACHE, InstallError } from '../support/install-from-pypi.ts';
import { cfnLint } from './cfn-lint.ts';
import { createDeployment, DEPLOYMENTS } from './deployments.ts';

/** The folder of the last templates, for inspection. */
const FOLDER = join(CACHE, 'templates');

/** Synthesizes every way to deploy, and has cdk-nag and cfn-lint look for faults in all templates. */
async function main(): Promise<void> {
  rmSync(FOLDER, { recursive: true, force: true });
  const findings: string[] = [];
  const templates = new Map<string, string>();
  for (const deployment of DEPLOYMENTS) {
    const started = performance.now();
    const outdir = join(FOLDER, deployment.name);
    const found = synthesize(deployment, outdir);
    findings.push(...found);
    const paths = templatesIn(outdir);
    for (const path of paths) templates.set(readFileSync(path, 'utf8'), path);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    say(
      `${deployment.name.padEnd(24)} ${paths.length} templates, ${found.length} findings, ${seconds} s`,
    );
  }
  const found = await cfnLint([...templates.values()]);
  say(`${'cfn-lint'.padEnd(24)} ${templates.size} different templates, ${found.length} findings`);
  findings.push(...found.map((line) => relative(process.cwd(), line)));
  for (const finding of findings) say(finding);
  if (findings.length > 0) process.exitCode = 1;
}

/** @returns what cdk-nag found */
function synthesize(deployment: (typeof DEPLOYMENTS)[number], outdir: string): string[] {
  mkdirSync(outdir, { recursive: true });
  const { app } = createDeployment(deployment, outdir);
  // Before the checks, for only then does one stack refer to another as it is deployed.
  app.synth();
  return nagChecksFor(app)
    .flatMap((checks) => checks.validateScope(app).violations)
    .flatMap(({ ruleName, violatingResources, description }) =>
      violatingResources.map(
        ({ constructPath }) => `${deployment.name}: ${constructPath}: ${ruleName}: ${description}`,
      ),
    );
}

const templatesIn = (outdir: string): string[] =>
  readdirSync(outdir)
    .filter((file) => file.endsWith('.template.json'))
    .map((file) => join(outdir, file));

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

await main().catch((error: unknown) => {
  if (!(error instanceof InstallError)) throw error;
  say(error.message);
  process.exitCode = 1;
});
