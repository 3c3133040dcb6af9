/** Version of the package. Bundling package.json instead would add 3 kB. */
export const VERSION = '0.1.0';
