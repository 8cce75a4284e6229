import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '@linkgrove/api/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createPdf,
  createPicture,
  createWav,
  eventually,
  type SignedUp,
  startTestServer,
  type TestServer,
  uploadFile,
} from './kit/index.ts';

// The same behaviour on both stores. The S3 server is a real one, installed from the lockfile of its folder.
vi.setConfig({ hookTimeout: 240_000 });

const FOLDER = fileURLToPath(new URL('s3-server', import.meta.url));
const KEYS = { S3_ACCESS_KEY_ID: 'S3RVER', S3_SECRET_ACCESS_KEY: 'S3RVER' };

function installS3Server(): void {
  const installed = `${FOLDER}/node_modules/.package-lock.json`;
  const isCurrent =
    existsSync(installed) && statSync(installed).mtimeMs > statSync(`${FOLDER}/package-lock.json`).mtimeMs;
  if (isCurrent) return;
  const args = ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  execFileSync('npm', args, { cwd: FOLDER, stdio: 'pipe' });
}

async function startS3Server() {
  installS3Server();
  const directory = await mkdtemp(join(tmpdir(), 'linkgrove-s3-'));
  const port = await findFreePort();
  const program = `${FOLDER}/node_modules/s3rver/bin/s3rver.js`;
  const args = [
    program,
    '-d',
    directory,
    '-p',
    String(port),
    '-a',
    '127.0.0.1',
    '--configure-bucket',
    'files',
  ];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  await eventually(() =>
    fetch(url).then(
      () => true,
      () => false,
    ),
  );
  return {
    url,
    directory,
    close: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

let s3: Awaited<ReturnType<typeof startS3Server>>;
beforeAll(async () => {
  s3 = await startS3Server();
});
afterAll(() => s3.close());

describe.each(['a folder', 'an S3 server'])('with %s as the store', (store) => {
  let server: TestServer;
  let ada: SignedUp;
  beforeAll(async () => {
    const env = store === 'a folder' ? {} : { ...KEYS, S3_ENDPOINT: s3.url, S3_BUCKET: 'files' };
    server = await startTestServer({ env });
    ada = await server.signUp();
  });
  afterAll(() => server.close());

  const toPath = (url: string) => url.replace('http://localhost:3000', '');
  const read = async (url: string, headers = {}) => {
    const answer = await fetch(`${server.url}${toPath(url)}`, { headers });
    return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
  };

  it('an upload is there to be read, whole and in part', async () => {
    const wav = createWav(6_000);
    const { status, body } = await uploadFile(server, ada, wav, { purpose: 'audio' }, { name: 'a.wav' });
    expect(status).toBe(201);
    expect((await read(body.url)).bytes.equals(wav)).toBe(true);
    const part = await read(body.url, { range: 'bytes=100-199' });
    expect([part.status, part.bytes.equals(wav.subarray(100, 200))]).toEqual([206, true]);
    expect(
      (await fetch(`${server.url}${toPath(body.url)}`, { method: 'HEAD' })).headers.get('content-length'),
    ).toBe(String(wav.length));
  });

  it('an object can be stored twice, and deleted twice', async () => {
    const { fileStore, config } = server.app;
    const path = join(config.dataDir, 'object');
    const content = randomBytes(1_000);
    await writeFile(path, content);
    for (const key of ['ab12-cd34.webp', 'ab12-cd34/a-menu.pdf']) {
      await fileStore.put(key, path, { type: 'image/webp', disposition: 'inline' });
      await fileStore.put(key, path, { type: 'image/webp', disposition: 'inline' });
      expect((await fileStore.find(key))?.size).toBe(1_000);
      await fileStore.delete(key);
      await fileStore.delete(key);
      expect(await fileStore.find(key)).toBeUndefined();
    }
  });

  it('an object can be moved away twice, and copied back twice', async () => {
    const { fileStore, config } = server.app;
    const path = join(config.dataDir, 'object');
    await writeFile(path, randomBytes(1_000));
    const hidden = 'withheld-ab12';
    const findSizes = async (keys: string[]) =>
      Promise.all(keys.map(async (key) => (await fileStore.find(key))?.size));
    for (const key of ['ab12-ef56.webp', 'ab12-ef56/a-menu.pdf']) {
      await fileStore.put(key, path, { type: 'image/webp', disposition: 'inline' });
      for (const _ of [1, 2]) await fileStore.move(key, hidden);
      expect(await findSizes([key, hidden])).toEqual([undefined, 1_000]);
      for (const _ of [1, 2]) await fileStore.copy(hidden, key);
      expect(await findSizes([key, hidden])).toEqual([1_000, 1_000]);
      await fileStore.delete(hidden);
      await fileStore.copy(hidden, key);
      expect(await findSizes([key, hidden])).toEqual([1_000, undefined]);
    }
  });

  it('an unknown file is not found', async () => {
    expect((await read('/files/ab12-ffff.webp')).status).toBe(404);
  });

  it('pictures and documents are served with their types', async () => {
    const { body: picture } = await uploadFile(server, ada, await createPicture(), { purpose: 'image' });
    expect((await read(picture.url)).headers.get('content-type')).toBe('image/webp');
    const pdf = await uploadFile(server, ada, createPdf(), { purpose: 'file' }, { name: 'CV.pdf' });
    expect((await read(pdf.body.url)).headers.get('content-disposition')).toBe(
      'attachment; filename="cv.pdf"',
    );
  });
});

it('an S3 server that serves the bucket itself has all it needs', async () => {
  const server = await startTestServer({
    env: { ...KEYS, S3_ENDPOINT: s3.url, S3_BUCKET: 'files', FILES_URL: 'https://files.example.net' },
  });
  const ada = await server.signUp();
  const { body } = await uploadFile(server, ada, createPdf('own'), { purpose: 'file' }, { name: 'Menu.pdf' });
  expect(body.url).toMatch(/^https:\/\/files\.example\.net\/[\da-f]{40}-[\da-f]{8}\/menu\.pdf$/);
  const key = new URL(body.url).pathname.slice(1);
  const stored = join(s3.directory, 'files', key);
  const files = await readdir(join(stored, '..'));
  expect(files.length).toBeGreaterThan(0);
  const metadata = await readFile(`${stored}._S3rver_metadata.json`, 'utf8');
  expect(JSON.parse(metadata)).toMatchObject({
    'content-type': 'application/pdf',
    'content-disposition': 'attachment; filename="menu.pdf"',
    'cache-control': 'public, max-age=31536000, s-maxage=3600, immutable',
  });
  await server.close();
});

it('a store that is away answers 503 without a reason, and an upload leaves no row', async () => {
  const port = await findFreePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const server = await startTestServer({ env: { ...KEYS, S3_ENDPOINT: endpoint, S3_BUCKET: 'files' } });
  const ada = await server.signUp();
  const { status, body } = await uploadFile(server, ada, createPdf(), { purpose: 'file' });
  expect([status, body.code, JSON.stringify(body).includes(String(port))]).toEqual([
    503,
    'UNAVAILABLE',
    false,
  ]);
  expect((await server.as(ada, 'GET', '/api/files')).body.items).toEqual([]);
  await server.close();
});
