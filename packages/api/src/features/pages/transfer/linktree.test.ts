import { expect, it } from 'vitest';
import { readLinktree } from './linktree.ts';

const account = { username: 'ada', pageTitle: 'Ada', description: null, profilePictureUrl: null };
const link = { type: 'CLASSIC', title: 'A link', url: 'https://example.com/', position: 0 };
const read = async (...links: object[]) => readLinktree({ account, links });

it('a schedule of a Linktree link comes over', async () => {
  const found = await read({
    ...link,
    id: 1,
    schedule: { start: 1_900_000_000, end: '2031-01-01T00:00:00Z' },
  });
  expect(found?.blocks).toMatchObject([
    { startsAt: new Date('2030-03-17T17:46:40.000Z'), endsAt: new Date('2031-01-01T00:00:00.000Z') },
  ]);
});

it('a link whose schedule is not readable is switched off and reported', async () => {
  const found = await read({ ...link, id: 1, schedule: { when: 'soon' } });
  expect(found?.blocks).toMatchObject([{ enabled: false }]);
  expect(found?.changed).toMatchObject([{ title: 'A link', reason: expect.stringContaining('schedule') }]);
});

it.each([
  [{ schedule: { start: null, end: null, timezone: 'UTC' } }, true],
  [{ schedule: { start: 1e300 } }, false],
  [{ schedule: { start: '2031-01-01T00:00:00Z', end: '2030-01-01T00:00:00Z' } }, false],
])('a link with %j is switched on: %s', async (more, enabled) => {
  expect((await read({ ...link, id: 1, ...more }))?.blocks).toMatchObject([{ enabled }]);
});

it.each([
  [{ gate: { age: 21 } }, '21+'],
  [{ gate: { type: 'AGE' } }, '18+'],
  [{ rules: { gate: { activeOrder: ['age'], age: { minimum: 25 } } } }, '25+'],
  [{ locked: true }, 'sensitive'],
  [{ gate: { activeOrder: [], age: null } }, null],
])('the gate of a Linktree link %j becomes %s', async (more, gate) => {
  expect((await read({ ...link, id: 1, ...more }))?.blocks).toMatchObject([{ gate }]);
});

it('tells why something was skipped', async () => {
  const found = await read({ id: 1, type: 'COMMERCE_PAY', title: 'Tips', position: 0 });
  expect(found?.skipped).toMatchObject([
    { title: 'Tips', reason: expect.stringContaining('"commerce pay"') },
  ]);
});

it('a group keeps its links', async () => {
  const group = { id: 1, type: 'GROUP', title: 'Music', position: 0 };
  const found = await read(group, { ...link, id: 2, parent: { id: '1' } });
  expect(found?.blocks).toMatchObject([
    { type: 'group', group: null },
    { type: 'link', group: 0 },
  ]);
});

it('a gate that pages do not have becomes a warning and is reported', async () => {
  const rules = { gate: { activeOrder: ['passcode'], passcode: { enabled: true } } };
  const found = await read({ ...link, id: 1, rules });
  expect(found?.blocks).toMatchObject([{ gate: 'sensitive' }]);
  expect(found?.changed).toMatchObject([{ title: 'A link', reason: expect.stringContaining('"passcode"') }]);
});

it('the links of a release become one block', async () => {
  const found = await read({
    ...link,
    id: 1,
    type: 'MUSIC_LINK',
    url: 'https://open.spotify.com/album/4cOdK2wGLETKBW3PvgPWqT',
    context: {
      platforms: [{ url: 'https://music.apple.com/gb/album/engines/1' }, { url: 'https://a.example' }],
    },
  });
  expect(found?.blocks).toMatchObject([
    { type: 'music', data: { services: [{ service: 'spotify' }, { service: 'apple-music' }] } },
  ]);
});

it('pictures that are in the file are uploads, others stay where they are', async () => {
  const png = 'data:image/png;base64,iVBORw0KGgo=';
  const found = await readLinktree({
    account: { ...account, profilePictureUrl: png },
    links: [
      { ...link, id: 1, thumbnail: png },
      { ...link, id: 2, thumbnail: 'https://img.example/a.png' },
    ],
  });
  expect(found?.pictures).toMatchObject([
    { block: 0, type: 'image/png' },
    { block: null, type: 'image/png' },
  ]);
  expect(found?.blocks).toMatchObject([
    { thumbnailUrl: null },
    { thumbnailUrl: 'https://img.example/a.png' },
  ]);
});

it.each([
  ['APPLE_MUSIC', 'https://music.apple.com/gb/artist/ada/1', 'apple-music'],
  ['KOFI', 'https://ko-fi.com/ada', 'ko-fi'],
  ['TWITTER', 'https://twitter.com/ada', 'x'],
  ['SOMETHING', 'https://kick.com/ada', 'kick'],
  ['INSTAGRAM', 'https://example.com/ada', 'website'],
])('the icon %s of %s is %s', async (type, url, platform) => {
  const found = await readLinktree({ account, links: [], socialLinks: [{ type, url }] });
  expect(found?.blocks).toMatchObject([{ type: 'social', data: { profiles: [{ platform, url }] } }]);
});
