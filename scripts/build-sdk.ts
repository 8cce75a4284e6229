import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Builds packages/sdk/dist, or the folder that is given. What was built from the same sources is copied.
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CACHE = join(ROOT, 'node_modules/.cache/sdk');
const DIST = process.argv[2] ?? join(ROOT, 'packages/sdk/dist');
const SOURCES = ['packages/sdk/src', 'packages/api/src', 'packages/db/src'];
const SETTINGS = [
  'packages/sdk/tsconfig.build.json',
  'tsconfig.json',
  'pnpm-lock.yaml',
  'scripts/lib/sdk-build.ts',
  'scripts/lib/describe-members.ts',
  ...['sdk', 'api', 'db'].map((name) => `packages/${name}/package.json`),
];

const listFiles = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => `${folder}/${name}`)
    .toSorted();

function hashSources(): string {
  const hash = createHash('sha256');
  for (const file of [...SETTINGS, ...SOURCES.flatMap(listFiles)])
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(ROOT, file)))
      .update('\0');
  return hash.digest('hex').slice(0, 16);
}

/** Builds a draft and renames it, so that `built` is complete also when two processes build at once. */
async function build(built: string): Promise<void> {
  const { buildSdk } = await import('./lib/sdk-build.ts');
  const draft = join(CACHE, `draft-${process.pid}`);
  mkdirSync(draft, { recursive: true });
  buildSdk(draft);
  try {
    renameSync(draft, built);
  } catch (error) {
    if (!existsSync(built)) throw error;
    rmSync(draft, { recursive: true });
  }
  const isOld = (name: string) => !name.startsWith('draft-') && name !== basename(built);
  for (const name of readdirSync(CACHE).filter(isOld))
    rmSync(join(CACHE, name), { recursive: true, force: true });
}

const built = join(CACHE, hashSources());
if (!existsSync(built)) await build(built);
rmSync(DIST, { recursive: true, force: true });
cpSync(built, DIST, { recursive: true });
console.log(`Built ${DIST}: ${readdirSync(DIST, { recursive: true }).length} files`);
