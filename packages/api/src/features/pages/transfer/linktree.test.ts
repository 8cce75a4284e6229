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
  expect(found?.skipped).toMatchObject([{ title: 'A link', reason: expect.stringContaining('schedule') }]);
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
