import { createMessages } from './create-messages.ts';
import { createTaskLog } from './create-task-log.ts';
import { keepIndexesSmall } from './keep-indexes-small.ts';
import type { Migration } from './migration.ts';
import type { SCHEMA_VERSION } from './schema-version.ts';

type AsManyAsVersions = { readonly length: typeof SCHEMA_VERSION };

/** All of the schema, in order: the first is version 1. Add to the end; never change what is here. */
export const MIGRATIONS: readonly Migration[] = [
  createMessages,
  createTaskLog,
  keepIndexesSmall,
] as const satisfies AsManyAsVersions;
