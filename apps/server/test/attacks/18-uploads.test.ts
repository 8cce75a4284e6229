import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync, crc32 } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import {
  createPdf,
  createPicture,
  sendRaw,
  startTestServer,
  tally,
  times,
  uploadFile,
  usePerson,
  useTestServer,
} from '../kit/index.ts';

const server = useTestServer();
const eve = usePerson(server);

const upload = (file: Uint8Array, purpose: string, name = 'picture.png', type = 'image/png') =>
  uploadFile(server, eve, file, { purpose }, { name, type });
const fetchFile = (url: string) => fetch(url.replace('http://localhost:3000', server.url));

const SCRIPT = '<script>alert(document.cookie)</script>';
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">${SCRIPT}</svg>`;

it.each([
  ['SVG', SVG],
  ['SVG with an XML declaration', `<?xml version="1.0"?>${SVG}`],
  ['SVG after spaces', `${' '.repeat(200)}${SVG}`],
  ['HTML', `<!doctype html>${SCRIPT}`],
  ['a script behind the first letters of a GIF', `GIF89a=1;${SCRIPT}`],
  ['a script behind the mark of a PNG', `\x89PNG\r\n\x1a\n${SCRIPT}`],
  ['an executable', '\x7fELF\x02\x01\x01'],
  ['an archive', 'PK\x03\x04xxxx'],
  ['nothing known', 'hello'],
])('A13.18 %s is refused under every name and purpose', async (_, text) => {
  const bytes = Buffer.from(text, 'latin1');
  for (const purpose of ['avatar', 'image', 'file', 'audio', 'video'])
    for (const [name, type] of [
      ['a.png', 'image/png'],
      ['a.pdf', 'application/pdf'],
      ['a.mp3', 'audio/mpeg'],
    ] as const) {
      const { status, body } = await upload(bytes, purpose, name, type);
      expect([purpose, name, status, body.code]).toEqual([purpose, name, 415, 'UNSUPPORTED_MEDIA_TYPE']);
    }
});

it('A13.18 nothing that was appended to a picture or hidden in it survives', async () => {
  const picture = await createPicture(60, 60, { format: 'jpeg' });
  const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, SCRIPT.length + 2]), Buffer.from(SCRIPT)]);
  const polyglot = Buffer.concat([
    picture.subarray(0, 2),
    comment,
    picture.subarray(2),
    Buffer.from(`PK\x03\x04${SCRIPT}`),
  ]);
  const { status, body } = await upload(polyglot, 'image');
  expect(status).toBe(201);
  for (const { url } of body.variants) {
    const bytes = Buffer.from(await (await fetchFile(url)).arrayBuffer());
    expect(bytes.includes('script')).toBe(false);
  }
});

it('A13.18 a document with a script in it is neither shown nor run on our origin', async () => {
  const { status, body } = await upload(createPdf(SCRIPT), 'file', 'page.html', 'text/html');
  expect([status, body.type]).toEqual([201, 'application/pdf']);
  const { headers } = await fetchFile(body.url);
  expect(headers.get('content-type')).toBe('application/pdf');
  expect(headers.get('content-disposition')).toBe('attachment; filename="page.pdf"');
  expect(headers.get('content-security-policy')).toContain('sandbox');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

function createChunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

function createPng(width: number, height: number, more: Buffer[] = []): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const rows = deflateSync(Buffer.alloc(Math.min(5_000_000, (width * 3 + 1) * height)));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    createChunk('IHDR', head),
    ...more,
    createChunk('IDAT', rows),
    createChunk('IEND', Buffer.alloc(0)),
  ]);
}

it.each([
  [16_000, 16_000, 'million pixels'],
  [60_000, 2, 'side'],
  [2, 2_000_000, 'side'],
])('A13.18 a picture that claims %d × %d pixels is refused by its head', async (width, height, words) => {
  const bomb = createPng(width, height);
  expect(bomb.length).toBeLessThan(100_000);
  const { status, body } = await upload(bomb, 'image');
  expect([status, body.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  expect(body.detail).toContain(words);
});

it('A13.18 an animation with too many frames is refused, and one that is damaged too', async () => {
  const frames = await times(400, (index) =>
    createPicture(2, 2, { colour: { r: (index % 2) * 255, g: 0, b: 0 } }),
  );
  const gif = await sharp(frames, { join: { animated: true } })
    .gif()
    .toBuffer();
  const long = await upload(gif, 'image');
  expect([long.status, long.body.detail]).toEqual([415, 'The picture has more than 300 frames']);
  const picture = await createPicture(300, 300, { format: 'jpeg' });
  expect((await upload(picture.subarray(0, picture.length / 2), 'image')).status).toBe(415);
});

it('A13.18 a text chunk that unpacks to 200 MB harms nobody', async () => {
  const text = Buffer.concat([Buffer.from('Comment\0\0'), deflateSync(Buffer.alloc(200_000_000, 'a'))]);
  const answer = upload(createPng(20, 20, [createChunk('zTXt', text)]), 'image');
  expect((await server.get('/healthz')).status).toBe(200);
  expect([201, 415]).toContain((await answer).status);
});

it('A13.18 no change of a picture’s bytes causes an error of ours', async () => {
  const seeds = await Promise.all(
    (['png', 'jpeg', 'webp', 'gif', 'avif'] as const).map((format) => createPicture(30, 30, { format })),
  );
  const change = fc.record({
    seed: fc.constantFrom(...seeds),
    edits: fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 8 }),
    cut: fc.nat(400),
  });
  await fc.assert(
    fc.asyncProperty(change, async ({ seed, edits, cut }) => {
      const bytes = Buffer.from(seed.subarray(0, Math.max(1, seed.length - (cut % 20))));
      for (const [at, value] of edits) bytes[at % bytes.length] = value;
      expect([201, 415]).toContain((await upload(bytes, 'image')).status);
    }),
    { numRuns: 40 },
  );
});

it.each([
  '../../../../etc/passwd',
  '..\\..\\windows\\system32',
  '/etc/passwd.pdf',
  'a\0b.pdf',
  '....//....//x',
  '%2e%2e%2fx.pdf',
  'a"; filename="evil.html',
  'x\r\nSet-Cookie: a=b',
  '\u{202e}fdp.exe',
  '.htaccess',
  'CON',
  'x'.repeat(300),
])('A13.18 the name %j leads nowhere', async (name) => {
  const { status, body } = await upload(createPdf(name), 'file', name);
  expect(status).toBe(201);
  expect(new URL(body.url).pathname).toMatch(/^\/files\/[\da-f]{40}-[\da-f]{8}\/[a-z0-9-]+\.pdf$/);
  expect(body.name.length).toBeLessThanOrEqual(120);
  expect(body.name).not.toMatch(/[/\\\p{C}]/u);
  const { status: served, headers } = await fetchFile(body.url);
  expect([served, headers.get('set-cookie')]).toEqual([200, null]);
  expect(headers.get('content-disposition')).toMatch(/^attachment; filename="[a-z0-9-]+\.pdf"$/);
});

it('A13.18 no path leads out of the store', async () => {
  const { dataDir } = server.app.config;
  expect((await readdir(dataDir)).toSorted()).toEqual(['files', 'uploads']);
  expect((await readdir(join(dataDir, 'files'))).every((name) => /^[\da-f]{2}$/.test(name))).toBe(true);
  for (const path of [
    '/files/../files/x.webp',
    '/files/..%2f..%2fpackage.json',
    '/files/%2e%2e/%2e%2e/etc/passwd.pdf',
    '/files/..\\..\\x.pdf',
    '/files//etc/passwd.pdf',
    '/files/a/../../x.pdf',
    '/files/ab/',
    '/files/.partial.webp',
    '/files/a%00.webp',
    '/files/a.webp%00',
    `/files/${'a'.repeat(300)}.webp`,
    '/files/constructor',
    '/files/a.constructor',
    '/files/',
  ]) {
    const answer = await sendRaw(server.url, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(`${path} ${answer.slice(0, 12)}`).toMatch(/ HTTP\/1\.1 40[04]$/);
  }
});

it('A13.18 thirty uploads at once stay within the quota, and the others are told the numbers', async () => {
  const small = await startTestServer({ env: { FILES_QUOTA: '1MB' } });
  const person = await small.signUp();
  const answers = await times(30, (index) => {
    const file = Buffer.concat([createPdf(String(index)), Buffer.alloc(100_000, index)]);
    return uploadFile(small, person, file, { purpose: 'file' });
  });
  expect(tally(answers)).toEqual({ 201: 9, '422 LIMIT_REACHED': 21 });
  const refused = answers.find(({ status }) => status === 422);
  expect(refused?.body.detail).toMatch(
    /^The workspace uses 0\.9 MB of 1\.0 MB, and this file needs 0\.1 MB\./,
  );
  const { items } = (await small.as(person, 'GET', '/api/files?limit=100')).body;
  const used = items.reduce((sum: number, { size }: { size: number }) => sum + size, 0);
  expect([items.length, used <= 1_000_000]).toEqual([9, true]);
  await small.close();
});

it('A13.18 another site cannot upload with somebody’s cookies', async () => {
  for (const path of ['/api/files', '/trpc/files.upload'])
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      const options = { headers: { ...headers, cookie: eve.cookie, authorization: '' }, path };
      const { status, body } = await uploadFile(server, eve, createPdf(), { purpose: 'file' }, options);
      expect([status, (body.error?.data ?? body).code]).toEqual([403, 'CSRF_REJECTED']);
    }
});

it('A13.18 names of parts reach no prototype', async () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const { status } = await uploadFile(server, eve, createPdf(), { purpose: 'file', [name]: 'x' });
    expect([name, status]).toEqual([name, 400]);
  }
});
