/** What this code works with: so many migrations. On its own, it brings none of them into a bundle. */
export const SCHEMA_VERSION = 3;
