import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../../apps/server/test/kit/index.ts';
import { type Consumer, type Consumers, installConsumers, RUNTIMES } from './consumer-kit.ts';
import { bundleChunks, bundleProgram, compileProject, report } from './suites/shared.ts';
import { describeExamplePages } from './suites/example-pages.ts';
import { describePages } from './suites/pages.ts';
import { describeServerRendering } from './suites/server-rendering.ts';

/** Of what a page loads at once. The code of subscriptions is a chunk of its own; a page loads it with its first one. */
const MAX_GZIP_BYTES = 11_500;
const MAX_LATER_GZIP_BYTES = 2_000;

const sumGzipBytes = (chunks: { code: string }[]): number =>
  chunks.reduce((sum, { code }) => sum + gzipSync(code).length, 0);

let consumers: Consumers;
let plain: Consumer;
let server: TestServer;
beforeAll(async () => {
  [consumers, server] = await Promise.all([
    installConsumers(),
    startTestServer({
      worker: true,
      env: { RATE_LIMIT_REGISTER: '1000/1h', FILES_URL: 'https://files.example.net' },
    }),
  ]);
  plain = consumers.plain;
}, 240_000);
afterAll(async () => {
  // What CI shows of the SDK.
  process.stdout.write(`The SDK was checked with\n${report.map((line) => `  ${line}\n`).join('')}`);
  await server.close();
  consumers.remove();
});

describe('the packed SDK', () => {
  it.each(['lowest', 'newest'] as const)(
    'type-checks with the %s TypeScript without skipLibCheck, and rejects wrong names',
    async (end) => {
      expect(await compileProject(plain, consumers[end], 'tsconfig.json')).toBe('');
      report.push(`TypeScript ${consumers[end].versionOf('typescript')}`);
    },
  );

  it('installs no server packages', () => {
    const installed = readdirSync(plain.find('')).filter((name) => !name.startsWith('.'));
    expect(installed).toContain('@linkgrove');
    for (const name of ['zod', 'kysely', 'pg', 'fastify', 'bcrypt', 'bullmq', 'pino', 'jose']) {
      expect(installed).not.toContain(name);
    }
    expect(readdirSync(plain.find('@linkgrove'))).toEqual(['sdk']);
  });

  it('contains only files that its entry points reach, and no sources', () => {
    const sdk = plain.find('@linkgrove/sdk');
    expect(readdirSync(sdk).toSorted()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
    const files = readdirSync(join(sdk, 'dist'), { recursive: true, encoding: 'utf8' });
    expect(files).toContain('index.js');
    expect(files.filter((name) => name.startsWith('api') && name.includes('.')).toSorted()).toEqual([
      'api/contract.d.ts',
      'api/core/errors.d.ts',
      'api/root.d.ts',
    ]);
  });

  it('has a manifest that npm can install and publish, with provenance', async () => {
    const text = readFileSync(plain.find('@linkgrove/sdk/package.json'), 'utf8');
    expect(text).not.toMatch(/catalog:|workspace:|\.ts"[^,]*\n/);
    const { name, version, publishConfig } = JSON.parse(text);
    expect(publishConfig).toEqual({ access: 'public', provenance: true });
    const output = await plain.run('npm', ['publish', '--dry-run', consumers.tarball]);
    expect(output).toContain(`+ ${name}@${version}`);
  });

  it('shows the descriptions of procedures and their members in editors', () => {
    const ts = createRequire(consumers.lowest.find('typescript/'))('typescript');
    const file = join(plain.folder, 'consumer.ts');
    const text = readFileSync(file, 'utf8');
    const service = ts.createLanguageService({
      getScriptFileNames: () => [file],
      getScriptVersion: () => '1',
      getScriptSnapshot: (path: string) => {
        const content = ts.sys.readFile(path);
        return content && ts.ScriptSnapshot.fromString(content);
      },
      getCurrentDirectory: () => plain.folder,
      getCompilationSettings: () => ({ strict: true, module: ts.ModuleKind.NodeNext }),
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: ts.sys.fileExists,
      readFile: ts.sys.readFile,
    });
    const readInfo = (part: string): string =>
      ts.displayPartsToString(service.getQuickInfoAtPosition(file, text.indexOf(part)).documentation);
    expect(readInfo('register.mutate')).toMatch(
      /^Create an account and sign in\. .*\. \(POST \/api\/register\)$/,
    );
    expect(readInfo('id: typed.id')).toBe('The id of the page');
    expect(readInfo('version: page.version')).toMatch(/^The version you are changing/);
  });

  it('passes publint', async () => {
    const { messages } = await publint({ pkgDir: plain.find('@linkgrove/sdk'), pack: false, strict: true });
    expect(messages).toEqual([]);
  });

  it('is small', async () => {
    for (const name of ['createClient', 'createServerClient']) {
      const text = `export { ${name} } from '@linkgrove/sdk';`;
      const { first, later } = await bundleChunks(plain, text, name);
      const [bytes, laterBytes] = [sumGzipBytes(first), sumGzipBytes(later)];
      expect(bytes).toBeLessThan(MAX_GZIP_BYTES);
      expect(laterBytes).toBeLessThan(MAX_LATER_GZIP_BYTES);
      expect(later.flatMap(({ moduleIds }) => moduleIds.map((id) => basename(id)))).toEqual([
        'subscriptions.js',
      ]);
      const [size, laterSize] = [bytes, laterBytes].map((sum) => `${(sum / 1_000).toFixed(1)} kB`);
      report.push(
        `${name}: ${size}, minified and gzipped, with tRPC; ${laterSize} more with the first subscription`,
      );
    }
  });
});

describe('the query adapter of tRPC', () => {
  it.each(['lowest', 'newest'] as const)(
    'compiles and runs beside the SDK at the %s version, and gives up at once when nobody is signed in',
    async (end) => {
      const consumer = consumers[end];
      expect(await compileProject(consumer, consumer, 'tsconfig.adapter.json')).toBe('');
      const output = await consumer.run(process.execPath, ['adapter.ts', server.url]);
      expect(JSON.parse(output)).toEqual({
        refused: 'Please sign in',
        attempts: 1,
        username: expect.stringMatching(/^adapter/),
        pages: 1,
      });
      const names = ['@trpc/client', '@trpc/tanstack-react-query', '@tanstack/react-query'];
      report.push(names.map((name) => `${name} ${consumer.versionOf(name)}`).join(', '));
    },
  );
});

describe('a session from beginning to end', () => {
  const find = ({ package: name, program }: { package: string; program: string }) =>
    consumers.programs.find(`${name}/${program}`);
  const commands: Record<string, () => [command: string, ...args: string[]]> = {
    'Node.js 18': () => [find(RUNTIMES.node), 'run.js'],
    'Node.js 24': () => [process.execPath, 'run.js'],
    Bun: () => [find(RUNTIMES.bun), 'run.js'],
    Deno: () => [find(RUNTIMES.deno), 'run', '-q', '--allow-net', '--node-modules-dir=manual', 'run.js'],
  };

  it.each(Object.keys(commands))('works in %s', async (name) => {
    const [command = '', ...args] = commands[name]?.() ?? [];
    expect((await plain.run(command, [...args, server.url])).trim()).toBe('ok');
    const version = await plain.run(command, ['--version']);
    report.push(`${name.split(' ')[0]} ${/\d[\d.]+/.exec(version)?.[0]}`);
  });

  it('works in the runtime of Cloudflare Workers', async () => {
    const code = await bundleProgram(plain, readFileSync(join(plain.folder, 'worker.js'), 'utf8'), 'worker');
    writeFileSync(join(plain.folder, 'worker.bundle.js'), code);
    const env = { ...process.env, API: server.url };
    expect(await plain.run(find(RUNTIMES.workerd), ['test', 'worker.capnp'], env)).toContain('ok');
    report.push(`workerd ${RUNTIMES.workerd.version}`);
  });

  it('works with the AbortController of React Native', async () => {
    const { newest } = consumers;
    const output = await newest.run(process.execPath, ['react-native.js', server.url]);
    expect(output.trim()).toBe('ok');
    report.push(`abort-controller ${newest.versionOf('abort-controller')}, as in React Native`);
  });
});

describeServerRendering(() => ({ newest: consumers.newest, server }));
describePages(() => plain);
describeExamplePages(
  () => plain,
  () => server,
);
