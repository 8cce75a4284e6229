import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

// Builds packages/sdk/dist: plain tsc, then only the files that index.js and index.d.ts reach, with the one
// import of the API's types pointing at declarations that travel along.
const SDK = fileURLToPath(new URL('../packages/sdk', import.meta.url));
const TSC = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
const DIST = join(SDK, 'dist');
const CONTRACT = '@linkgrove/api/contract';
const SPECIFIER = /(\bfrom |\bimport\(|^import )(['"])([^'"\n]+)\2/gm;
const MAY_IMPORT = /^@trpc\/(client|server)(\/|$)/;

/** Where a file that tsc emitted goes below dist. */
function placeOf(emitted: string): string {
  const [, name = '', inside = ''] = /^(\w+)\/src\/(.*)$/.exec(emitted.split(sep).join('/')) ?? [];
  return name === 'sdk' ? inside : join(name, inside);
}

/** The emitted file that an import means; nothing for one that stays as it is. */
function targetOf(emitted: string, specifier: string): string | undefined {
  const extension = emitted.endsWith('.d.ts') ? '.d.ts' : '.js';
  if (specifier === CONTRACT && extension === '.d.ts') return join('api', 'src', 'contract.d.ts');
  if (specifier.startsWith('.')) return join(dirname(emitted), specifier.replace(/\.[jt]s$/, extension));
  if (MAY_IMPORT.test(specifier)) return undefined;
  throw new Error(`${emitted} must not import ${specifier}: whoever uses the SDK would need it`);
}

/**
 * Of the API's root only the procedures, whose types tsc has written out. What they say of REST, and the
 * router of the server beside them, would lead to the whole of it.
 */
function procedureTypes(declarations: string): string {
  const [found] = /^export declare const procedures: \{\n[\s\S]*?^\};$/m.exec(declarations) ?? [];
  if (!found) throw new Error('packages/api/src/root.ts no longer exports `procedures`');
  return `${found.replaceAll('meta: ProcedureMeta;', 'meta: object;')}\n`;
}

/** Reads an emitted file and all that it imports into `shipped`, by their places below dist. */
function collect(out: string, emitted: string, shipped: Map<string, string>): void {
  const place = placeOf(emitted);
  if (shipped.has(place)) return;
  const text = readFileSync(join(out, emitted), 'utf8');
  shipped.set(place, text);
  const source = place === join('api', 'root.d.ts') ? procedureTypes(text) : text;
  const repoint = (_: string, lead: string, quote: string, specifier: string) => {
    const target = targetOf(emitted, specifier);
    if (target) collect(out, target, shipped);
    return lead + quote + (target ? pathBetween(place, placeOf(target)) : specifier) + quote;
  };
  shipped.set(place, source.replace(SPECIFIER, repoint));
}

function pathBetween(from: string, to: string): string {
  const path = relative(dirname(from), to)
    .split(sep)
    .join('/')
    .replace(/\.d\.ts$/, '.js');
  return path.startsWith('.') ? path : `./${path}`;
}

const out = mkdtempSync(join(tmpdir(), 'linkgrove-sdk-'));
try {
  const args = [TSC, '-p', join(SDK, 'tsconfig.build.json'), '--outDir', out];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error('tsc found errors');
  const shipped = new Map<string, string>();
  for (const entry of ['index.js', 'index.d.ts']) collect(out, join('sdk', 'src', entry), shipped);
  rmSync(DIST, { recursive: true, force: true });
  for (const [place, text] of shipped) {
    mkdirSync(dirname(join(DIST, place)), { recursive: true });
    writeFileSync(join(DIST, place), text);
  }
  console.log(`Built packages/sdk/dist: ${shipped.size} files`);
} finally {
  rmSync(out, { recursive: true, force: true });
}
