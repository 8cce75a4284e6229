import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort } from '@linkgrove/api/testing';
import { expect, it } from 'vitest';
import { cleanUpLater, eventually, listDeliveriesOf, startTestServer } from './kit/index.ts';

const run = promisify(execFile);
const DOCS = readFileSync(new URL('../../../docs/webhooks.md', import.meta.url), 'utf8');
const SDK = new URL('../../../packages/sdk/src/index.ts', import.meta.url).href;
const readExample = (language: string): string =>
  new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(DOCS)?.[1] ?? '';

/** Starts the receiver of the documentation as a program of its own. */
async function startExample(port: number, secret: string): Promise<{ output: () => string }> {
  const folder = mkdtempSync(join(tmpdir(), 'linkgrove-webhook-'));
  writeFileSync(join(folder, 'receiver.mjs'), readExample('js').replace("'@linkgrove/sdk'", `'${SDK}'`));
  const program = spawn(process.execPath, [join(folder, 'receiver.mjs')], {
    env: { ...process.env, WEBHOOK_SECRET: secret, PORT: String(port) },
  });
  let output = '';
  for (const stream of [program.stdout, program.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  cleanUpLater(
    () => program.kill(),
    () => rmSync(folder, { recursive: true }),
  );
  await eventually(() => fetch(`http://127.0.0.1:${port}`, { method: 'POST' }).catch(() => null));
  return { output: () => output };
}

it(
  'the webhook and the receiver of the documentation work as they stand there',
  { timeout: 120_000 },
  async () => {
    const server = await startTestServer({ worker: true });
    const ada = await server.signUp();
    const port = await findFreePort();
    const variables = { api: server.url, token: ada.token, url: `http://127.0.0.1:${port}/` };
    const { stdout } = await run('sh', ['-c', readExample('sh')], { env: { ...process.env, ...variables } });
    const hook = JSON.parse(stdout);
    const example = await startExample(port, hook.secret);
    const { id } = (await server.as(ada, 'GET', '/api/pages')).body.items[0];
    await server.as(ada, 'PATCH', `/api/pages/${id}`, { published: true });
    await eventually(() => example.output().includes(`/@${ada.username} is public`));
    await eventually(async () => (await listDeliveriesOf(server, ada, hook))[0]?.status === 'delivered');
    expect(await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: '{}' })).toMatchObject({
      status: 400,
    });
    await server.close();
  },
);
