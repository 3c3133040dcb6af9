let repeats = 0;

/**
 * Registers the tests of another file here, after this one has changed what they run against. The query
 * makes them a module of their own: a process evaluates each module once, and shares it with other files.
 */
export async function repeatTestsOf(file: string, importer: string): Promise<void> {
  repeats += 1;
  await import(/* @vite-ignore */ `${new URL(file, importer).href}?repeat=${repeats}`);
}
