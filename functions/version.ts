/** Of the package. On its own: package.json, bundled for one line of it, would be 3 kB. */
export const VERSION = '0.1.0';
