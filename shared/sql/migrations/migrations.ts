import { createMessages } from './create-messages.ts';
import type { Migration } from './migration.ts';

/** All of the schema, in order: the first is version 1. Add to the end; never change what is here. */
export const MIGRATIONS: readonly Migration[] = [createMessages];

/** What this code works with. */
export const SCHEMA_VERSION = MIGRATIONS.length;
