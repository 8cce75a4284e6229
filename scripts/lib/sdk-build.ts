import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endpoints } from '@linkgrove/api';
import { buildOpenApiDocument } from '@linkgrove/api/openapi';
import { createMemberDescriber } from './describe-members.ts';

const SDK = fileURLToPath(new URL('../../packages/sdk', import.meta.url));
const TSC = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
const CONTRACT = '@linkgrove/api/contract';
const SPECIFIER = /(\bfrom |\bimport\(|^import )(['"])([^'"\n]+)\2/gm;
const MAY_IMPORT = /^@trpc\/(client|server)(\/|$)/;

function toDistPath(emitted: string): string {
  const [, name = '', inside = ''] = /^(\w+)\/src\/(.*)$/.exec(emitted.split(sep).join('/')) ?? [];
  return name === 'sdk' ? inside : join(name, inside);
}

/** Returns the emitted file that an import refers to; undefined if the import stays unchanged. */
function resolveImport(emitted: string, specifier: string): string | undefined {
  const extension = emitted.endsWith('.d.ts') ? '.d.ts' : '.js';
  if (specifier === CONTRACT && extension === '.d.ts') return join('api', 'src', 'contract.d.ts');
  if (specifier.startsWith('.')) return join(dirname(emitted), specifier.replace(/\.[jt]s$/, extension));
  if (MAY_IMPORT.test(specifier)) return undefined;
  throw new Error(`${emitted} must not import ${specifier}: users of the SDK would have to install it`);
}

/**
 * Reduces the declarations of the API's root to the procedures. Their REST metadata and the router would pull in the
 * types of the whole server. tsc writes the shape of errors out for each procedure; it is moved to one type.
 */
function extractProcedureTypes(declarations: string): string {
  const [found] = /^export declare const procedures: \{\n[\s\S]*?^\};$/m.exec(declarations) ?? [];
  if (!found) throw new Error('packages/api/src/root.ts no longer exports `procedures`');
  const [, , shape = 'object'] = /^( +)errorShape: (\{\n[\s\S]*?^\1\});$/m.exec(found) ?? [];
  const procedures = addDescriptions(found)
    .replace(/^( +)meta: (?:\w+|\{\n[\s\S]*?^\1\});$/gm, '$1meta: object;')
    .replaceAll(`errorShape: ${shape};`, 'errorShape: ErrorShape;');
  return `type ErrorShape = ${shape};\n${procedures}\n`;
}

const PROCEDURE = /^ {8}(\w+): import\("@trpc\/server"\)\.TRPC(?:Query|Mutation)Procedure</;

const describeMembers = createMemberDescriber(buildOpenApiDocument());

/** Puts the summary of each procedure and the description of each member above it, where editors find it. */
function addDescriptions(procedures: string): string {
  const documented = new Set<string>();
  let group = '';
  let describeLine = (line: string): string[] => [line];
  const lines = procedures.split('\n').flatMap((line) => {
    group = /^ {4}(\w+): \{$/.exec(line)?.[1] ?? group;
    const [, procedure] = PROCEDURE.exec(line) ?? [];
    const rest = endpoints.find(({ name }) => name === `${group}.${procedure}`)?.rest;
    if (!rest) return describeLine(line);
    describeLine = describeMembers(`${group}.${procedure}`);
    documented.add(`${group}.${procedure}`);
    const text = [rest.summary, rest.description].filter(Boolean).join('. ').replaceAll('*/', '* /');
    return [`        /** ${text} (${rest.method} ${rest.path}) */`, line];
  });
  const missing = endpoints.filter(({ name }) => !documented.has(name)).map(({ name }) => name);
  if (missing.length > 0) throw new Error(`Not found in the declarations: ${missing.join(', ')}`);
  return lines.join('\n');
}

/** Adds an emitted file and everything that it imports to `shipped`, by path below dist. */
function collectFiles(root: string, emitted: string, shipped: Map<string, string>): void {
  const place = toDistPath(emitted);
  if (shipped.has(place)) return;
  const text = readFileSync(join(root, emitted), 'utf8');
  shipped.set(place, text);
  const source = place === join('api', 'root.d.ts') ? extractProcedureTypes(text) : text;
  const rewriteImport = (_: string, lead: string, quote: string, specifier: string) => {
    const target = resolveImport(emitted, specifier);
    if (target) collectFiles(root, target, shipped);
    return lead + quote + (target ? toRelativeImport(place, toDistPath(target)) : specifier) + quote;
  };
  shipped.set(place, source.replace(SPECIFIER, rewriteImport));
}

function toRelativeImport(from: string, to: string): string {
  const path = relative(dirname(from), to)
    .split(sep)
    .join('/')
    .replace(/\.d\.ts$/, '.js');
  return path.startsWith('.') ? path : `./${path}`;
}

/**
 * Compiles the SDK with tsc, and copies the files that index.js and index.d.ts import to `folder`. The types of the API are
 * copied too, with the descriptions of procedures and members, and their import is rewritten to a relative path.
 */
export function buildSdk(folder: string): void {
  const out = mkdtempSync(join(tmpdir(), 'linkgrove-sdk-'));
  try {
    const args = [TSC, '-p', join(SDK, 'tsconfig.build.json'), '--outDir', out];
    const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
    if (status !== 0) throw new Error('tsc found errors');
    const shipped = new Map<string, string>();
    for (const entry of ['index.js', 'index.d.ts']) collectFiles(out, join('sdk', 'src', entry), shipped);
    for (const [place, text] of shipped) {
      mkdirSync(dirname(join(folder, place)), { recursive: true });
      writeFileSync(join(folder, place), text);
    }
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
