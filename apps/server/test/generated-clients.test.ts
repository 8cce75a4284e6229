import { execFile } from 'node:child_process';
import { existsSync, rmSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import tools from './generated-clients/package.json' with { type: 'json' };
import type { Job } from './generated-clients/jobs/job.ts';
import { newHandle, startTestServer, type TestServer } from './kit/index.ts';

// Installs the linters and generators from the lockfile of the folder, which the workspace does not contain.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 240_000 });

const FOLDER = fileURLToPath(new URL('generated-clients', import.meta.url));
const VERSIONS = tools.dependencies;
const DOCUMENT = '../../../../openapi.json';
const run = promisify(execFile);

/** Runs a program of the folder. Throws an error with the output if it fails. */
async function runTool(command: string, ...args: string[]): Promise<string> {
  const options = { cwd: FOLDER, maxBuffer: 1e7, env: { ...process.env, REDOCLY_TELEMETRY: 'off' } };
  const { stdout, stderr } = await run(command, args, options).catch((error: object) => {
    throw new Error(`${args.join(' ')}\n${Object.values(error).join('\n')}`, { cause: error });
  });
  return stdout + stderr;
}
const runBin = (file: string, ...args: string[]) =>
  runTool(process.execPath, `node_modules/${file}`, ...args);

async function installTools(): Promise<void> {
  const installed = `${FOLDER}/node_modules/.package-lock.json`;
  const isCurrent =
    existsSync(installed) && statSync(installed).mtimeMs > statSync(`${FOLDER}/package-lock.json`).mtimeMs;
  if (!isCurrent)
    await runTool('npm', 'ci', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts');
}

let server: TestServer;
beforeAll(async () => {
  rmSync(`${FOLDER}/generated`, { recursive: true, force: true });
  await installTools();
  server = await startTestServer({ worker: true });
});
afterAll(() => server.close());

describe('openapi.json', () => {
  it('passes the strict rules of Redocly', async () => {
    expect(await runBin('@redocly/cli/bin/cli.js', 'lint', DOCUMENT)).toContain('is valid');
  });

  it('passes all rules of Spectral, hints included', async () => {
    const output = await runBin('@stoplight/spectral-cli/dist/index.js', 'lint', DOCUMENT, '-F', 'hint');
    expect(output).toContain('No results');
  });
});

async function importJob(name: string): Promise<Job> {
  const bundle = await rolldown({ input: `${FOLDER}/jobs/${name}.ts`, platform: 'node', logLevel: 'silent' });
  const file = `${FOLDER}/generated/${name}.mjs`;
  await bundle.write({ file, format: 'esm' });
  await bundle.close();
  const { runJob } = (await import(/* @vite-ignore */ file)) as { runJob: Job };
  return runJob;
}

describe('a generated client', () => {
  beforeAll(async () => {
    await runBin('openapi-typescript/bin/cli.js', DOCUMENT, '-o', 'generated/openapi-typescript.ts');
    await runBin('@hey-api/openapi-ts/bin/run.js');
    await runBin('orval/dist/bin/orval.mjs');
  });

  it(`compiles strictly with TypeScript ${VERSIONS.typescript}, and refuses a block with the wrong members for its type`, async () => {
    expect(await runBin('typescript/bin/tsc', '-p', '.')).toBe('');
  });

  it.each([
    ['openapi-fetch', VERSIONS['openapi-typescript']],
    ['hey-api', VERSIONS['@hey-api/openapi-ts']],
    ['orval', VERSIONS.orval],
  ])('by %s (generator %s) does the main job of a frontend', async (name) => {
    const runJob = await importJob(name);
    const username = newHandle();
    const readToken = (email: string) => server.readMailedToken(email, 'Verify');
    await expect(runJob({ url: server.url, username, readToken })).resolves.toEqual({
      published: true,
      titles: ['My notes'],
      referrals: 0,
      refusal: 'url',
    });
  });
});
