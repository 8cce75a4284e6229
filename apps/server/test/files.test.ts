import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import {
  addMember,
  createPdf,
  createPicture,
  createTeam,
  createWav,
  newHandle,
  uploadFile,
  usePerson,
  useTestServer,
} from './kit/index.ts';

const server = useTestServer();
const ada = usePerson(server);

const upload = (...args: [file: Uint8Array, members: Record<string, string>, options?: object]) =>
  uploadFile(server, ada, ...args);
/** The URL of a file, on the server under test. */
const toLocal = (url: string) => url.replace('http://localhost:3000', server.url);
const fetchFile = (url: string, headers: Record<string, string> = {}) => fetch(toLocal(url), { headers });
const readPicture = async (url: string) =>
  sharp(Buffer.from(await (await fetchFile(url)).arrayBuffer()), { animated: true });

describe('an uploaded picture', () => {
  it.each(['jpeg', 'png', 'webp', 'avif', 'gif'] as const)(
    'in the format %s becomes WebP and AVIF in three widths',
    async (format) => {
      const { status, body } = await upload(await createPicture(1_600, 900, { format }), {
        purpose: 'image',
        alt: 'A plane',
      });
      expect([status, body.kind, body.type]).toEqual([201, 'picture', 'image/webp']);
      expect([body.width, body.height, body.alt, body.purpose]).toEqual([1_280, 720, 'A plane', 'image']);
      expect(
        body.variants.map(({ width, type }: { width: number; type: string }) => `${width} ${type}`),
      ).toEqual([
        '320 image/webp',
        '320 image/avif',
        '640 image/webp',
        '640 image/avif',
        '1280 image/webp',
        '1280 image/avif',
      ]);
      expect(body.size).toBe(body.variants.reduce((sum: number, one: { size: number }) => sum + one.size, 0));
      for (const variant of body.variants) {
        const answer = await fetchFile(variant.url);
        expect([answer.status, answer.headers.get('content-type')]).toEqual([200, variant.type]);
        const { width, height } = await sharp(Buffer.from(await answer.arrayBuffer())).metadata();
        expect([width, height]).toEqual([variant.width, variant.height]);
      }
    },
  );

  it('is never enlarged', async () => {
    const { body } = await upload(await createPicture(400, 100), { purpose: 'image' });
    expect(body.variants.map(({ width }: { width: number }) => width)).toEqual([320, 320, 400, 400]);
  });

  it('loses where and with what it was taken, and stands upright', async () => {
    const photo = await sharp({ create: { width: 60, height: 40, channels: 3, background: 'red' } })
      .jpeg()
      .withExif({
        IFD0: { Make: 'SecretCamera', Orientation: '6' },
        IFD3: { GPSLatitude: '52/1 30/1 0/1', GPSLatitudeRef: 'N' },
      })
      .withMetadata({ orientation: 6 })
      .toBuffer();
    expect(photo.includes('SecretCamera')).toBe(true);
    const { body } = await upload(photo, { purpose: 'image' });
    expect([body.width, body.height]).toEqual([40, 60]);
    for (const { url } of body.variants) {
      const bytes = Buffer.from(await (await fetchFile(url)).arrayBuffer());
      expect(bytes.includes('SecretCamera')).toBe(false);
      const { exif, xmp, orientation } = await sharp(bytes).metadata();
      expect([exif, xmp, orientation]).toEqual([undefined, undefined, undefined]);
    }
  });

  it('keeps its animation', async () => {
    const frames = await Promise.all(
      [0, 120, 240].map((r) => createPicture(50, 30, { colour: { r, g: 0, b: 0 } })),
    );
    const gif = await sharp(frames, { join: { animated: true } })
      .gif({ delay: [100, 200, 300] })
      .toBuffer();
    const { body } = await upload(gif, { purpose: 'image' });
    expect(body.variants.map(({ type }: { type: string }) => type)).toEqual(['image/webp']);
    const { pages, delay } = await (await readPicture(body.url)).metadata();
    expect([pages, delay]).toEqual([3, [100, 200, 300]]);
    expect([body.width, body.height]).toEqual([50, 30]);
  });

  it.each([
    ['0.1,0.5', [255, 0, 0]],
    ['{"x":0.9,"y":0.5}', [0, 0, 255]],
  ])('is cut to a square around the focus %s, for an avatar', async (focus, colour) => {
    const [left, right] = [
      await createPicture(300, 200, { colour: { r: 255, g: 0, b: 0 } }),
      await createPicture(300, 200, { colour: { r: 0, g: 0, b: 255 } }),
    ];
    const wide = await sharp({ create: { width: 600, height: 200, channels: 3, background: 'white' } })
      .composite([
        { input: left, left: 0, top: 0 },
        { input: right, left: 300, top: 0 },
      ])
      .png()
      .toBuffer();
    const { status, body } = await upload(wide, { purpose: 'avatar', focus });
    expect([status, body.width, body.height]).toEqual([201, 200, 200]);
    const { data } = await (
      await readPicture(body.url)
    )
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    for (const [index, value] of colour.entries())
      expect(Math.abs((data[index] ?? 0) - value)).toBeLessThan(12);
  });
});

describe('an uploaded file', () => {
  it.each([
    ['file', createPdf(), 'Menü & Preise.PDF', 'application/pdf', 'document', 'menu-preise.pdf'],
    ['audio', createWav(), 'Episode 1.wav', 'audio/wav', 'audio', 'episode-1.wav'],
    ['file', createWav(9_000), '../../../etc/passwd', 'audio/wav', 'audio', 'passwd.wav'],
  ])(
    'with the purpose %s is served as it is, for download',
    async (purpose, bytes, name, type, kind, saved) => {
      const { status, body } = await upload(bytes, { purpose }, { name });
      expect([status, body.type, body.kind, body.width]).toEqual([201, type, kind, null]);
      const answer = await fetchFile(body.url);
      expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-type': type,
        'content-disposition': `attachment; filename="${saved}"`,
        'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'cache-control': 'public, max-age=31536000, s-maxage=3600, immutable',
        'cross-origin-resource-policy': 'cross-origin',
        'accept-ranges': 'bytes',
      });
    },
  );

  it('is listed, read, described and deleted by those who may', async () => {
    const { body: file } = await upload(await createPicture(30, 30), { purpose: 'thumbnail' });
    const path = `/api/files/${file.id}`;
    const found = await server.as(ada, 'GET', path);
    expect(found.body).toEqual(file);
    const described = await server.as(ada, 'PATCH', path, { alt: 'A square' });
    expect(described.body.alt).toBe('A square');
    const list = await server.as(ada, 'GET', '/api/files?kind=picture&limit=100');
    expect(list.body.items.some(({ id }: { id: string }) => id === file.id)).toBe(true);
    const bea = await server.signUp();
    for (const method of ['GET', 'DELETE']) expect((await server.as(bea, method, path)).status).toBe(404);
    expect((await server.as(ada, 'DELETE', path)).status).toBe(204);
    expect((await server.as(ada, 'GET', path)).status).toBe(404);
  });

  it('belongs to the workspace that was named', async () => {
    const [editor, viewer] = [await server.signUp(), await server.signUp()];
    const team = await createTeam(server, { owner: ada });
    await addMember(server, team, editor, 'editor');
    await addMember(server, team, viewer, 'viewer');
    const picture = await createPicture(20, 20);
    const members = { purpose: 'image', workspaceId: team };
    const made = await uploadFile(server, editor, picture, members);
    expect([made.status, made.body.workspaceId]).toEqual([201, team]);
    const refused = await uploadFile(server, viewer, picture, members);
    expect([refused.status, refused.body.code]).toEqual([403, 'ROLE_REQUIRED']);
    expect((await server.as(viewer, 'GET', `/api/files?workspaceId=${team}`)).body.items).toHaveLength(1);
  });

  it('is stored once, however often its content is uploaded', async () => {
    const picture = await createPicture(77, 33);
    const [first, second] = [
      await upload(picture, { purpose: 'image' }),
      await upload(picture, { purpose: 'image' }),
    ];
    expect(second.body.id).not.toBe(first.body.id);
    expect(second.body.url).toBe(first.body.url);
    await server.as(ada, 'DELETE', `/api/files/${first.body.id}`);
    expect((await fetchFile(second.body.url)).status).toBe(200);
  });

  it('is made once with an Idempotency-Key, and another content with the key is refused', async () => {
    const picture = await createPicture(41, 41);
    const headers = { 'idempotency-key': newHandle() };
    const first = await upload(picture, { purpose: 'image' }, { headers });
    const second = await upload(picture, { purpose: 'image' }, { headers });
    expect([first.status, second.body]).toEqual([201, first.body]);
    const other = await upload(await createPicture(42, 42), { purpose: 'image' }, { headers });
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_MISMATCH']);
  });

  it('can be sent over tRPC, as a form', async () => {
    const path = '/trpc/files.upload';
    const { status, body } = await upload(await createPicture(20, 21), { purpose: 'image' }, { path });
    expect([status, body.result.data.kind]).toEqual([200, 'picture']);
    const refused = await upload(Buffer.from('nothing'), { purpose: 'image' }, { path });
    expect([refused.status, refused.body.error.data.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });

  it('leaves nothing where it was received', async () => {
    await upload(await createPicture(20, 22), { purpose: 'image' });
    await upload(Buffer.from('nothing'), { purpose: 'image' });
    expect(await readdir(join(server.app.config.dataDir, 'uploads'))).toEqual([]);
  });
});

describe('a file is answered', () => {
  it('in part, where one range is asked for', async () => {
    const wav = createWav(5_000);
    const { body } = await upload(wav, { purpose: 'audio' }, { name: 'a.wav' });
    const get = async (range: string) => {
      const answer = await fetchFile(body.url, { range });
      const bytes = Buffer.from(await answer.arrayBuffer());
      return [answer.status, answer.headers.get('content-range'), bytes.length];
    };
    const size = wav.length;
    expect(await get('bytes=0-9')).toEqual([206, `bytes 0-9/${size}`, 10]);
    expect(await get('bytes=-4')).toEqual([206, `bytes ${size - 4}-${size - 1}/${size}`, 4]);
    expect(await get('bytes=5000-')).toEqual([206, `bytes 5000-${size - 1}/${size}`, size - 5_000]);
    expect(await get(`bytes=${size}-`)).toEqual([416, `bytes */${size}`, 0]);
    for (const range of [
      'bytes=0-1,3-4',
      'bytes=9-1',
      'lines=0-1',
      'bytes=-',
      `bytes=${'0-,'.repeat(2_000)}0-`,
    ])
      expect(await get(range)).toEqual([200, null, size]);
  });

  it('with 304 to a browser that has it', async () => {
    const { body } = await upload(await createPicture(20, 23), { purpose: 'image' });
    const etag = (await fetchFile(body.url)).headers.get('etag') ?? '';
    const again = await fetchFile(body.url, { 'if-none-match': etag });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });
});

describe('a form is refused', () => {
  const refuse = async (form: FormData | string, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${server.url}/api/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ada.token}`, ...headers },
      body: form,
    });
    return { status: answer.status, body: JSON.parse(await answer.text()) };
  };
  const formOf = (...parts: [string, string | Blob][]) => {
    const form = new FormData();
    for (const [name, value] of parts) form.append(name, value);
    return form;
  };
  const file = new Blob([createPdf()]);

  it.each([
    ['without a file', [['purpose', 'file']], 'file'],
    [
      'with a text for a file',
      [
        ['purpose', 'file'],
        ['file', 'x'],
      ],
      'file',
    ],
    [
      'with an empty file',
      [
        ['purpose', 'file'],
        ['file', new Blob([])],
      ],
      'file',
    ],
    ['without a purpose', [['file', file]], 'purpose'],
    [
      'with an unknown purpose',
      [
        ['purpose', 'rocket'],
        ['file', file],
      ],
      'purpose',
    ],
    [
      'with an unknown part',
      [
        ['purpose', 'file'],
        ['file', file],
        ['colour', 'red'],
      ],
      'colour',
    ],
    [
      'with an unknown file',
      [
        ['purpose', 'file'],
        ['cover', file],
      ],
      'cover',
    ],
    [
      'with two files',
      [
        ['purpose', 'file'],
        ['file', file],
        ['file', file],
      ],
      'file',
    ],
    [
      'with a part twice',
      [
        ['purpose', 'file'],
        ['purpose', 'file'],
        ['file', file],
      ],
      'purpose',
    ],
    [
      'with a focus that is none',
      [
        ['purpose', 'file'],
        ['file', file],
        ['focus', '2,1'],
      ],
      'focus',
    ],
    [
      'with a workspace that is no ID',
      [
        ['purpose', 'file'],
        ['file', file],
        ['workspaceId', 'x'],
      ],
      'workspaceId',
    ],
  ] as [string, [string, string | Blob][], string][])('%s', async (_, parts, path) => {
    const { status, body } = await refuse(formOf(...parts));
    expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(body.errors.map((error: { path: string }) => error.path)).toContain(path);
  });

  it('that is cut off or malformed', async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    for (const text of [
      '',
      '--x\r\n',
      '--y--',
      '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
    ])
      expect((await refuse(text, headers)).status).toBe(400);
    expect((await refuse('x', { 'content-type': 'multipart/form-data' })).status).toBe(400);
  });

  it('that is JSON', async () => {
    const { status, body } = await refuse('{}', { 'content-type': 'application/json' });
    expect([status, body.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });

  it('whose file is larger than its purpose allows, wherever the purpose stands', async () => {
    const large = new Blob([new Uint8Array(10_000_001)]);
    for (const parts of [
      [
        ['purpose', 'avatar'],
        ['file', large],
      ],
      [
        ['file', large],
        ['purpose', 'avatar'],
      ],
    ] as [string, string | Blob][][]) {
      const { status, body } = await refuse(formOf(...parts));
      expect([status, body.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    }
  });

  it('by a stranger, before it is read', async () => {
    const { status, body } = await refuse(formOf(['purpose', 'file'], ['file', file]), {
      authorization: 'Bearer x',
    });
    expect([status, body.code]).toEqual([401, 'UNAUTHENTICATED']);
  });
});
