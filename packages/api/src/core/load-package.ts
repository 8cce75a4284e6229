import { createRequire } from 'node:module';

/**
 * Loads a package when it is first needed, where code cannot wait for `import()`. The build does not bundle such a package:
 * see `EXTERNAL` in scripts/build.ts.
 */
export const loadPackage = createRequire(import.meta.url);
