import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AssetStaging } from 'aws-cdk-lib';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { REPOSITORY_ROOT } from '../../repository-root.ts';
import {
  bundledBy,
  bundleProgram,
  configFileOf,
  IN_CHUNKS,
  type Replacements,
  replacementsFor,
  type SqlCondition,
} from '../bundling.ts';

/** The image of the worker. Nothing is built before it is deployed. */
export function workerImage(scope: Construct, sql: SqlCondition): ContainerImage {
  const files = replacementsFor(scope);
  if (files) return bundledImage(scope, sql, files);
  // .dockerignore lists what the image is made of, so that nothing else changes its hash.
  return ContainerImage.fromAsset(REPOSITORY_ROOT, {
    file: 'functions/worker/Dockerfile',
    buildArgs: {
      CONFIG_JSON: readFileSync(join(REPOSITORY_ROOT, configFileOf(scope)), 'utf8'),
      SQL: sql,
    },
    platform: Platform.LINUX_ARM64,
  });
}

const DOCKERFILE = 'bundled.Dockerfile';

/** The image of a project with its own tasks. Dependencies are installed here, not in the image. */
function bundledImage(scope: Construct, sql: SqlCondition, files: Replacements): ContainerImage {
  const folder = join(REPOSITORY_ROOT, 'functions/worker');
  const program = { entry: 'functions/worker/main.ts', sql, files };
  const { absoluteStagedPath } = new AssetStaging(scope, 'Program', {
    sourcePath: folder,
    ...bundledBy((outputDir) => {
      bundleProgram(program, { ...IN_CHUNKS, outdir: outputDir });
      copyFileSync(join(folder, DOCKERFILE), join(outputDir, DOCKERFILE));
    }, program),
  });
  return ContainerImage.fromAsset(absoluteStagedPath, {
    file: DOCKERFILE,
    buildArgs: { SQL: sql },
    platform: Platform.LINUX_ARM64,
  });
}
