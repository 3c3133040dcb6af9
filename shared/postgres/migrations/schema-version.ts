/** Number of migrations that this code needs. In its own file, so that bundles contain none of them. */
export const SCHEMA_VERSION = 3;
