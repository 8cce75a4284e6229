import { createRequire } from 'node:module';

type Parser = typeof import('lightningcss');

/** Loaded when a page first needs it: it is native code of 9 MB. */
let parser: Parser | undefined;
const requireModule = createRequire(import.meta.url);
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the module of that name
export const loadCssParser = (): Parser => (parser ??= requireModule('lightningcss') as Parser);
