import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { basename, dirname } from 'node:path';
import { rolldown } from 'rolldown';
import { asciiComments } from './lib/ascii-comments.ts';
import { isHttp, plainHttp } from './lib/plain-http.ts';

// Builds one JavaScript file per program for production. Packages with native code, or that read their own files, or that
// are loaded by `loadPackage` when first needed, are not bundled; `pnpm install --prod` installs them.
const EXTERNAL = [
  'bcrypt',
  'bullmq',
  '@bull-board',
  '@scalar/fastify-api-reference',
  'pg-native',
  'pg-cloudflare',
  'sharp',
  '@napi-rs/canvas',
  'bowser',
  'htmlparser2',
  'libphonenumber-js',
  'markdown-it',
  'papaparse',
  'tldts',
];
const PROGRAMS = [
  { input: 'apps/server/src/main.ts', file: 'apps/server/dist/server.js' },
  {
    input: 'packages/api/src/core/crypto/password-judge-thread.ts',
    file: 'apps/server/dist/password-judge-thread.js',
  },
  {
    input: 'packages/api/src/core/files/examiner-process.ts',
    file: 'apps/server/dist/examiner-process.js',
  },
  {
    input: 'apps/server/src/share-picture/painter-process.ts',
    file: 'apps/server/dist/painter-process.js',
  },
  { input: 'apps/worker/src/main.ts', file: 'apps/worker/dist/worker.js' },
  { input: 'packages/db/src/bin/migrate.ts', file: 'apps/server/dist/migrate.js' },
  { input: 'packages/api/src/bin/pepper.ts', file: 'apps/server/dist/pepper.js' },
  { input: 'packages/api/src/bin/promote.ts', file: 'apps/server/dist/promote.js' },
  { input: 'packages/api/src/bin/doctor.ts', file: 'apps/server/dist/doctor.js' },
  { input: 'packages/api/src/bin/new-key.ts', file: 'apps/server/dist/new-key.js' },
];

/** Read at run time from the folder of the bundle. */
const PASSWORD_LISTS = ['breached-passwords.bin', 'word-lists.bin'];

const isExternal = (id: string): boolean =>
  (!isHttp(id) && (id.startsWith('node:') || builtinModules.includes(id))) ||
  EXTERNAL.some((name) => id === name || id.startsWith(`${name}/`));

for (const folder of ['apps/server/dist', 'apps/worker/dist'])
  rmSync(folder, { recursive: true, force: true });

for (const { input, file } of PROGRAMS) {
  const started = performance.now();
  const bundle = await rolldown({
    input,
    platform: 'node',
    plugins: [plainHttp, asciiComments],
    external: isExternal,
    logLevel: 'warn',
    resolve: { mainFields: ['module', 'main'] },
  });
  await bundle.write({
    dir: dirname(file),
    entryFileNames: basename(file),
    chunkFileNames: `${basename(file, '.js')}-[name]-[hash].js`,
    format: 'esm',
    sourcemap: true,
    charset: 'ascii',
    comments: { legal: true, annotation: false, jsdoc: false },
  });
  await bundle.close();
  console.log(`${file} in ${Math.round(performance.now() - started)} ms`);
}
for (const name of PASSWORD_LISTS)
  copyFileSync(`packages/api/src/core/crypto/${name}`, `apps/server/dist/${name}`);
copyFileSync('openapi.json', 'apps/server/dist/openapi.json');

/** Of what the bundles use, `Promise.withResolvers` and `Array.fromAsync` came last. */
const LOWEST_NODE = [22, 12];

/**
 * Refuses an older Node in one line instead of failing later at what that lacks. V8 keeps what it compiled in the folder
 * of the bundle, if that is writable; a start then takes half the CPU time.
 */
const buildMain = (
  program: string,
): string => `const [major, minor] = process.versions.node.split('.').map(Number);
if (major < ${LOWEST_NODE[0]} || (major === ${LOWEST_NODE[0]} && minor < ${LOWEST_NODE[1]})) {
  console.error(\`Linkgrove needs Node.js ${LOWEST_NODE.join('.')} or newer; this is \${process.versions.node}\`);
  process.exit(1);
}
const { enableCompileCache } = await import('node:module');
enableCompileCache(\`\${import.meta.dirname}/compile-cache\`);
await import('./${program}.js');
`;
for (const program of ['server', 'worker']) writeFileSync(`apps/${program}/dist/main.js`, buildMain(program));
