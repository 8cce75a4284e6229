import sharp from 'sharp';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type Answer,
  createPicture,
  eventually,
  NO_ID,
  range,
  uploadFile,
  usePerson,
  useTestServer,
} from './kit/index.ts';

vi.setConfig({ testTimeout: 120_000 });

const PUBLIC_URL = 'https://links.example';

const server = useTestServer({ env: { PUBLIC_URL, APP_URL: 'https://app.example' } });
const ada = usePerson(server);
let page: string;
beforeAll(async () => {
  page = (await server.as(ada, 'GET', '/api/pages')).body.items[0].id;
  await server.as(ada, 'PATCH', `/api/pages/${page}`, { published: true, title: 'Ada', bio: 'Numbers' });
});

const change = (members: object) => server.as(ada, 'PATCH', `/api/pages/${page}`, members);
const readTags = async (who = ada): Promise<Map<string, string>> => {
  const { body } = await server.get(`/@${who.username}`);
  const tags = body.matchAll(/<meta (?:name|property)="([^"]+)" content="([^"]*)">/g);
  return new Map([...tags].map(([, name, content]: string[]) => [name ?? '', content ?? '']));
};
async function load(path: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}${path}`, { headers, redirect: 'manual' });
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  };
}
const loadOwn = (query = '') => load(`/@${ada.username}/og.png${query}`);
const countRed = async (bytes: Buffer): Promise<number> => {
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  let count = 0;
  for (let at = 0; at < data.length; at += info.channels)
    if ((data[at] ?? 0) > 180 && (data[at + 1] ?? 0) < 60 && (data[at + 2] ?? 0) < 60) count += 1;
  return count;
};

describe('the picture of a page', () => {
  it('is a PNG of the size that its tags say', async () => {
    const tags = await readTags();
    expect(Object.fromEntries(tags)).toMatchObject({
      'og:image': expect.stringMatching(
        new RegExp(`^${PUBLIC_URL}/@${ada.username}/og\\.png\\?v=[\\w-]{16}$`),
      ),
      'og:image:width': '1200',
      'og:image:height': '630',
      'og:image:alt': `Ada (@${ada.username})`,
      'twitter:card': 'summary_large_image',
    });
    const { pathname, search } = new URL(tags.get('og:image') ?? '');
    const { status, headers, bytes } = await load(pathname + search);
    expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([
      200,
      'image/png',
      'public, max-age=3600',
    ]);
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', width: 1_200, height: 630 });
    expect(bytes.length).toBeLessThan(300_000);
    const again = await load(pathname, { 'if-none-match': headers.get('etag') ?? '' });
    expect([again.status, again.bytes.length]).toEqual([304, 0]);
  });

  it('changes with what it shows, and only with that', async () => {
    const before = (await readTags()).get('og:image');
    const picture = await loadOwn();
    await change({ seo: { description: 'Not in the picture' } });
    await eventually(async () => (await readTags()).get('description') === 'Not in the picture');
    expect((await readTags()).get('og:image')).toBe(before);
    await change({ title: 'Ada Lovelace', theme: { preset: 'midnight' } });
    await eventually(async () => (await readTags()).get('og:image') !== before);
    expect((await loadOwn()).bytes.equals(picture.bytes)).toBe(false);
  });

  it('shows the uploaded avatar, and loads none from elsewhere', async () => {
    const red = { r: 230, g: 10, b: 20 };
    const { body }: Answer = await uploadFile(server, ada, await createPicture(600, 600, { colour: red }), {
      purpose: 'avatar',
    });
    const before = (await readTags()).get('og:image');
    expect(await countRed((await loadOwn()).bytes)).toBe(0);
    await change({ avatarUrl: body.url });
    await eventually(async () => (await readTags()).get('og:image') !== before);
    expect(await countRed((await loadOwn()).bytes)).toBeGreaterThan(50_000);
    await change({ avatarUrl: 'https://img.example/ada.png' });
    await eventually(async () => (await countRed((await loadOwn()).bytes)) === 0);
    expect((await loadOwn()).status).toBe(200);
    await change({ avatarUrl: null });
  });

  it('has the texts of every script, with nothing from the machine', async () => {
    const texts = [
      ['ar', 'مقهى الياسمين', 'قهوة عربية وحلويات دمشقية'],
      ['ja', '星野ひかり', '東京のアイドル。毎週金曜ライブ'],
      ['ko', '김하늘', '서울'],
      ['zh-Hans', '李明', '北京摄影师'],
      ['he', 'שלום', 'עולם'],
      ['hi', 'नमस्ते', 'दुनिया'],
      ['th', 'สวัสดี', 'ชาวโลก'],
      ['en', 'W'.repeat(60), '🎸🏳️‍🌈👩‍👩‍👧 and ❤️'],
    ] as const;
    const sizes = new Set<number>();
    for (const [language, title, bio] of texts) {
      const before = (await readTags()).get('og:image');
      await change({ language, title, bio });
      await eventually(async () => (await readTags()).get('og:image') !== before);
      const { status, bytes } = await loadOwn();
      expect([language, status, bytes.length < 300_000]).toEqual([language, 200, true]);
      sizes.add(bytes.length);
    }
    expect(sizes.size).toBe(texts.length);
  });

  it('is painted once for everybody who asks at the same time', async () => {
    await change({ language: 'en', title: 'A crowd', bio: null });
    await eventually(async () => (await readTags()).get('og:title') === 'A crowd');
    const answers = await Promise.all(range(30).map(() => loadOwn()));
    expect(new Set(answers.map(({ status, headers }) => `${status} ${headers.get('etag')}`)).size).toBe(1);
  });

  it('is refused for a page that nobody may see, and moves with its handle', async () => {
    const bob = await server.signUp();
    expect((await load(`/@${bob.username}/og.png`)).status).toBe(404);
    expect((await load(`/@${NO_ID}/og.png`)).status).toBe(404);
    await change({ published: false });
    await eventually(async () => (await loadOwn()).status === 404);
    await change({ published: true });
    await eventually(async () => (await loadOwn()).status === 200);
    await server.as(ada, 'PUT', `/api/pages/${page}/password`, { password: 'rehearsal-7' });
    await eventually(async () => (await loadOwn()).status === 404);
    await server.as(ada, 'DELETE', `/api/pages/${page}/password`);
    await eventually(async () => (await loadOwn()).status === 200);
    const moved = await load(`/@${ada.username.toUpperCase()}/og.png?v=1`);
    expect([moved.status, moved.headers.get('location')]).toEqual([301, `/@${ada.username}/og.png?v=1`]);
  });
});
