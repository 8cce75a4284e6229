import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const SDK = join(ROOT, 'packages/sdk');
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const run = promisify(execFile);

let folder: string;
let tarball: string;

/** Runs a program and returns its output. Throws an error with the output if it fails. */
async function runProgram(command: string, args: string[], cwd: string): Promise<string> {
  const { stdout, stderr } = await run(command, args, { cwd, maxBuffer: 1e7 }).catch((error) => {
    throw new Error(`${command} ${args.join(' ')}\n${error.stdout}\n${error.stderr}`, { cause: error });
  });
  return stdout + stderr;
}

describe('the packed SDK', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'linkgrove-consumer-'));
    await runProgram(process.execPath, [join(ROOT, 'scripts/build-sdk.ts')], ROOT);
    // Only pnpm resolves `catalog:` and `publishConfig.exports`.
    await runProgram('npx', ['--yes', 'pnpm@12.21.0', 'pack', '--pack-destination', folder], SDK);
    tarball = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '');
    cpSync(join(SDK, 'test/consumer'), folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    const quick = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
    await runProgram('npm', ['install', tarball, ...quick], folder);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('type-checks without skipLibCheck, and rejects wrong names', async () => {
    expect(await runProgram(process.execPath, [TSC, '-p', folder], folder)).toBe('');
  });

  it('installs no server packages', () => {
    const installed = readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'));
    expect(installed).toContain('@linkgrove');
    for (const name of ['zod', 'kysely', 'pg', 'fastify', 'bcrypt', 'bullmq', 'pino', 'jose']) {
      expect(installed).not.toContain(name);
    }
    expect(readdirSync(join(folder, 'node_modules/@linkgrove'))).toEqual(['sdk']);
  });

  it('contains only files that its entry points reach, and no sources', () => {
    const sdk = join(folder, 'node_modules/@linkgrove/sdk');
    expect(
      readdirSync(sdk)
        .filter((name) => !name.startsWith('LICENSE'))
        .toSorted(),
    ).toEqual(['README.md', 'dist', 'package.json']);
    const files = readdirSync(join(sdk, 'dist'), { recursive: true, encoding: 'utf8' });
    expect(files).toContain('index.js');
    expect(files.filter((name) => name.startsWith('api') && name.includes('.')).toSorted()).toEqual([
      'api/contract.d.ts',
      'api/core/errors.d.ts',
      'api/root.d.ts',
    ]);
  });

  it('runs after installation', async () => {
    const script = `
      import { createClient, isLinkgroveError } from '@linkgrove/sdk';
      const client = createClient({ url: 'http://127.0.0.1:1' });
      const error = await client.account.me.query().catch((thrown) => thrown);
      console.log(isLinkgroveError(error, 'NETWORK'));`;
    const output = await runProgram(process.execPath, ['--input-type=module', '-e', script], folder);
    expect(output.trim()).toBe('true');
  });

  it('passes publint', async () => {
    const { messages } = await publint({
      pkgDir: join(folder, 'node_modules/@linkgrove/sdk'),
      pack: false,
      strict: true,
    });
    expect(messages).toEqual([]);
  });
});
