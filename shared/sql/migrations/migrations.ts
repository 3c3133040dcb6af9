import { createMessages } from './create-messages.ts';
import { createTaskLog } from './create-task-log.ts';
import type { Migration } from './migration.ts';

/** All of the schema, in order: the first is version 1. Add to the end; never change what is here. */
export const MIGRATIONS: readonly Migration[] = [createMessages, createTaskLog];

/** What this code works with. */
export const SCHEMA_VERSION = MIGRATIONS.length;
