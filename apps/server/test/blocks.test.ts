import { deleteTrashedBlocks } from '@linkgrove/api/jobs';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { NO_ID, type SignedUp, times, useTestServer } from './kit/index.ts';

const server = useTestServer();

type Owner = SignedUp & { page: string };
async function newOwner(): Promise<Owner> {
  const who = await server.signUp();
  return { ...who, page: (await server.as(who, 'GET', '/api/pages')).body.items[0].id };
}
const addBlock = (who: Owner, body: object) => server.as(who, 'POST', `/api/pages/${who.page}/blocks`, body);
const addHeading = async (who: Owner, title: string): Promise<string> =>
  (await addBlock(who, { type: 'heading', title })).body.id;
const blocksOf = async (who: Owner, query = '') =>
  (await server.as(who, 'GET', `/api/pages/${who.page}/blocks${query}`)).body.items;
const titlesOf = async (who: Owner, query = '') =>
  (await blocksOf(who, query)).map((block: { title: string }) => block.title).join('');
const moveBlock = (who: Owner, id: string, after: string | null) =>
  server.as(who, 'POST', `/api/blocks/${id}/move`, { after });
const setOrder = (who: Owner, ids: unknown[]) =>
  server.as(who, 'PUT', `/api/pages/${who.page}/blocks/order`, { ids });
/** A page whose headings have one letter each as the title. */
async function createLettered(letters: string): Promise<{ who: Owner; ids: Record<string, string> }> {
  const who = await newOwner();
  const ids: Record<string, string> = {};
  for (const letter of letters) ids[letter] = await addHeading(who, letter);
  return { who, ids };
}

const VIDEO = 'https://www.youtube.com/watch?v=dQw4w9WgXcQ';

describe('a block', () => {
  it('is created with the given values and the defaults for the rest', async () => {
    const ada = await newOwner();
    const { status, body } = await addBlock(ada, { type: 'link', title: 'Site', url: 'https://example.com' });
    expect([status, body]).toEqual([
      201,
      {
        id: expect.any(String),
        pageId: ada.page,
        parentId: null,
        type: 'link',
        title: 'Site',
        url: 'https://example.com',
        data: { description: null },
        enabled: true,
        startsAt: null,
        endsAt: null,
        pinned: false,
        gate: null,
        thumbnailUrl: null,
        thumbnailFileId: null,
        layout: null,
        targeting: null,
        schedule: null,
        titleTest: null,
        version: 1,
        createdAt: expect.stringMatching(/Z$/),
        updatedAt: expect.stringMatching(/Z$/),
        deletedAt: null,
      },
    ]);
    expect((await server.as(ada, 'GET', `/api/blocks/${body.id}`)).body).toEqual(body);
    expect(await blocksOf(ada)).toEqual([body]);
    expect((await server.as(ada, 'GET', `/api/pages/${ada.page}`)).body).toMatchObject({
      blockCount: 1,
      version: 2,
    });
  });

  it.each([
    [{ type: 'link', url: 'https://example.com/x' }, { data: { description: null } }],
    [
      { type: 'link', url: 'https://bücher.example/ä', data: { description: 'Books' } },
      { url: 'https://xn--bcher-kva.example/%C3%A4' },
    ],
    [
      { type: 'heading', title: 'Hello' },
      { url: null, data: {} },
    ],
    [
      { type: 'text', data: { text: 'Some **words**\r\nin lines' } },
      { data: { text: 'Some **words**\nin lines' } },
    ],
    [{ type: 'text', title: 'Only a title' }, { data: { text: null } }],
    [
      { type: 'image', url: 'https://example.com/a.png', data: { alt: 'Ada', link: 'https://example.com' } },
      { data: { alt: 'Ada', link: 'https://example.com', decorative: false, fileId: null } },
    ],
    [{ type: 'embed', url: VIDEO }, { data: {} }],
    [
      { type: 'social', data: { profiles: [{ platform: 'github', url: 'https://github.com/ada' }] } },
      { url: null },
    ],
    [{ type: 'social', url: 'https://instagram.com/ada' }, { data: { profiles: [] } }],
    [{ type: 'email', url: 'ada@example.com' }, { url: 'mailto:ada@example.com' }],
    [{ type: 'email', url: 'mailto:ada@example.com?subject=Hi' }, {}],
    [{ type: 'phone', url: '+44 20 7946 0958' }, { url: 'tel:+442079460958' }],
    [{ type: 'phone', url: 'tel:+44-20-7946-0958' }, { url: 'tel:+442079460958' }],
  ])('of each type accepts its own members: %j', async (given, more) => {
    const { status, body } = await addBlock(await newOwner(), given);
    expect([status, body]).toEqual([201, expect.objectContaining({ ...given, ...more })]);
  });

  it.each([
    ['type', { type: 'script', title: 'x' }],
    ['type', { title: 'x' }],
    ['title', { type: 'heading' }],
    ['title', { type: 'heading', title: 'x'.repeat(129) }],
    ['url', { type: 'heading', title: 'x', url: 'https://example.com' }],
    ['url', { type: 'link' }],
    ['url', { type: 'link', url: null }],
    ['url', { type: 'link', url: 'javascript:alert(1)' }],
    ['url', { type: 'link', url: 'JaVaScRiPt:alert(1)' }],
    ['url', { type: 'link', url: ' \tjavascript:alert(1)' }],
    ['url', { type: 'link', url: 'data:text/html,x' }],
    ['url', { type: 'link', url: 'mailto:ada@example.com' }],
    ['url', { type: 'link', url: 'example.com' }],
    ['url', { type: 'link', url: '//example.com' }],
    ['url', { type: 'link', url: 'https://paypal.com@example.com' }],
    ['url', { type: 'link', url: 'https://pаypal.com' }],
    ['url', { type: 'link', url: 'https:\\\\example.com' }],
    ['url', { type: 'link', url: `https://example.com/${'x'.repeat(2_048)}` }],
    ['url', { type: 'image', url: 'data:image/svg+xml,<svg onload=alert(1)>' }],
    ['url', { type: 'embed', url: 'https://example.com/video' }],
    ['url', { type: 'embed', url: 'https://www.youtube.com.example.com/watch?v=dQw4w9WgXcQ' }],
    ['url', { type: 'email', url: 'ada' }],
    ['url', { type: 'email', url: 'mailto:a@example.com?cc=b@example.com' }],
    ['url', { type: 'phone', url: 'https://example.com' }],
    ['url', { type: 'phone', url: 'tel:*31#' }],
    ['data.text', { type: 'text' }],
    ['data.text', { type: 'text', data: { text: 'x'.repeat(2_001) } }],
    ['data.description', { type: 'link', url: 'https://example.com', data: { description: '' } }],
    ['data.html', { type: 'link', url: 'https://example.com', data: { html: '<b>' } }],
    ['data.link', { type: 'image', url: 'https://example.com/a.png', data: { link: 'javascript:1' } }],
    ['data.profiles', { type: 'social' }],
    [
      'data.profiles.0.platform',
      { type: 'social', data: { profiles: [{ platform: 'myspace', url: 'https://x.com' }] } },
    ],
    ['data.profiles.0.url', { type: 'social', data: { profiles: [{ platform: 'x', url: 'javascript:1' }] } }],
    [
      'data.profiles.1.url',
      {
        type: 'social',
        data: {
          profiles: [
            { platform: 'github', url: 'https://gist.github.com/ada' },
            { platform: 'github', url: 'https://github.com.evil.example/ada' },
            { platform: 'mastodon', url: 'https://social.example/@ada' },
          ],
        },
      },
    ],
    ['data', { type: 'heading', title: 'x', data: [] }],
    [
      'endsAt',
      { type: 'heading', title: 'x', startsAt: '2030-01-02T00:00:00Z', endsAt: '2030-01-01T00:00:00Z' },
    ],
    [
      'endsAt',
      { type: 'heading', title: 'x', startsAt: '2030-01-01T00:00:00Z', endsAt: '2030-01-01T02:00:00+02:00' },
    ],
    ['startsAt', { type: 'heading', title: 'x', startsAt: '2030-01-02T00:00' }],
    ['gate', { type: 'heading', title: 'x', gate: '99+' }],
    ['thumbnailUrl', { type: 'heading', title: 'x', thumbnailUrl: 'x' }],
    ['layout.desktop', { type: 'heading', title: 'x', layout: { desktop: [3, 0, 2, 1] } }],
    ['layout.mobile', { type: 'heading', title: 'x', layout: { mobile: [1, 0, 2, 1] } }],
    ['layout.desktop', { type: 'heading', title: 'x', layout: { desktop: [0, 0, 1] } }],
    ['rank', { type: 'heading', title: 'x', rank: 'a0' }],
    ['pageId', { type: 'heading', title: 'x', pageId: NO_ID }],
  ])('is refused with an invalid %s: %j', async (path, body) => {
    const ada = await newOwner();
    const { status, body: problem } = await addBlock(ada, body);
    expect([status, problem.errors?.map((row: { path: string }) => row.path)]).toEqual([400, [path]]);
    expect(await blocksOf(ada)).toEqual([]);
  });

  it('changes only in the given members, is validated as a whole, and keeps its type', async () => {
    const ada = await newOwner();
    const { id } = (
      await addBlock(ada, {
        type: 'link',
        url: 'https://example.com/a',
        data: { description: 'A' },
        startsAt: '2030-01-01T02:00:00+02:00',
      })
    ).body;
    const patch = (body: object) => server.as(ada, 'PATCH', `/api/blocks/${id}`, body);
    const changed = await patch({
      title: 'B',
      pinned: true,
      gate: '18+',
      enabled: false,
      thumbnailUrl: 'https://example.com/t.png',
      layout: { desktop: [0, 1, 2, 2], mobile: [0, 0, 2, 1] },
    });
    expect(changed.body).toMatchObject({
      title: 'B',
      url: 'https://example.com/a',
      data: { description: 'A' },
      startsAt: '2030-01-01T00:00:00.000Z',
      pinned: true,
      gate: '18+',
      enabled: false,
      thumbnailUrl: 'https://example.com/t.png',
      layout: { desktop: [0, 1, 2, 2], mobile: [0, 0, 2, 1] },
      version: 2,
    });
    expect((await patch({ url: 'mailto:a@example.com' })).body.errors[0].path).toBe('url');
    expect((await patch({ url: null })).body.errors[0].path).toBe('url');
    expect((await patch({ endsAt: '2029-12-31T00:00:00Z' })).body.errors[0].path).toBe('endsAt');
    expect((await patch({ type: 'heading' })).body.errors[0].path).toBe('type');
    const cleared = await patch({ startsAt: null, layout: null, data: { description: null }, gate: null });
    expect(cleared.body).toMatchObject({
      startsAt: null,
      layout: null,
      gate: null,
      data: { description: null },
      version: 3,
    });
  });

  it('refuses a change made for another version', async () => {
    const ada = await newOwner();
    const id = await addHeading(ada, 'A');
    const patch = (title: string, tag: string) =>
      server.as(ada, 'PATCH', `/api/blocks/${id}`, { title }, { 'if-match': tag });
    expect((await server.as(ada, 'GET', `/api/blocks/${id}`)).headers.get('etag')).toBe('"1"');
    const answers = await times(30, (index) => patch(`T${index}`, '"1"'));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === 'PRECONDITION_FAILED')).toHaveLength(29);
    expect((await server.as(ada, 'PATCH', `/api/blocks/${id}`, { title: 'x', version: 1 })).status).toBe(412);
    expect((await server.as(ada, 'PATCH', `/api/blocks/${id}`, { title: 'x', version: 2 })).status).toBe(200);
    expect(
      (await server.as(ada, 'DELETE', `/api/blocks/${id}`, undefined, { 'if-match': '"2"' })).status,
    ).toBe(412);
  });

  it('cannot be read, changed or moved by other users, and cannot move to another page', async () => {
    const [{ who: ada, ids }, eve] = [await createLettered('AB'), await newOwner()];
    const own = await addHeading(eve, 'E');
    const a = ids['A'] as string;
    for (const who of [eve]) {
      expect((await server.as(who, 'GET', `/api/blocks/${a}`)).status).toBe(404);
      expect((await server.as(who, 'PATCH', `/api/blocks/${a}`, { title: 'x' })).status).toBe(404);
      expect((await server.as(who, 'DELETE', `/api/blocks/${a}`)).status).toBe(404);
      expect((await server.as(who, 'POST', `/api/blocks/${a}/restore`)).status).toBe(404);
      expect((await moveBlock(who, a, null)).status).toBe(404);
    }
    expect((await moveBlock(eve, own, a)).body.errors[0].path).toBe('after');
    expect((await setOrder(eve, [own, a])).body.errors[0].path).toBe('ids');
    expect((await setOrder(eve, [a])).body.errors[0].path).toBe('ids');
    expect(await titlesOf(ada)).toBe('AB');
    expect(await titlesOf(eve)).toBe('E');
  });

  it('is limited to 200 per page, even when many are added at once', async () => {
    const ada = await newOwner();
    const rows = Array.from({ length: 185 }, (_, index) => ({
      id: `01900000-0000-7000-8000-${index.toString().padStart(12, '0')}`,
      page_id: ada.page,
      type: 'heading' as const,
      rank: `Z${index.toString().padStart(3, '0')}1`,
      title: 'x',
      data: '{}',
    }));
    await server.app.db.insertInto('blocks').values(rows).execute();
    await server.app.db.updateTable('pages').set({ block_count: 185 }).where('id', '=', ada.page).execute();
    const answers = await times(30, (index) => addBlock(ada, { type: 'heading', title: `T${index}` }));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(15);
    expect(answers.filter(({ body }) => body.code === 'LIMIT_REACHED')).toHaveLength(15);
    const blocks = await blocksOf(ada);
    expect(blocks).toHaveLength(200);
    await server.as(ada, 'DELETE', `/api/blocks/${blocks[3].id}`);
    expect((await addBlock(ada, { type: 'heading', title: 'again' })).status).toBe(201);
    expect((await server.as(ada, 'POST', `/api/blocks/${blocks[3].id}/restore`)).body.code).toBe(
      'LIMIT_REACHED',
    );
    const first = (await server.as(ada, 'GET', `/api/pages/${ada.page}/blocks?limit=150`)).body;
    const rest = (await server.as(ada, 'GET', `/api/pages/${ada.page}/blocks?cursor=${first.nextCursor}`))
      .body;
    expect([...first.items, ...rest.items]).toEqual(await blocksOf(ada));
    expect([first.items.length, rest.items.length, rest.nextCursor]).toEqual([150, 50, null]);
  });
});

describe('the order of blocks', () => {
  it('is the order of creation, and a move writes one row', async () => {
    const { who, ids } = await createLettered('ABCDE');
    const rows = () =>
      server.app.db.selectFrom('blocks').select(['id', 'rank']).where('page_id', '=', who.page).execute();
    const before = await rows();
    expect((await moveBlock(who, ids['E'] as string, ids['A'] as string)).body.title).toBe('E');
    expect(await titlesOf(who)).toBe('AEBCD');
    const moved = (await rows()).filter(({ id, rank }) => before.find((row) => row.id === id)?.rank !== rank);
    expect(moved.map(({ id }) => id)).toEqual([ids['E']]);
    await moveBlock(who, ids['D'] as string, null);
    expect(await titlesOf(who)).toBe('DAEBC');
    await moveBlock(who, ids['A'] as string, ids['C'] as string);
    expect(await titlesOf(who)).toBe('DEBCA');
    await moveBlock(who, ids['A'] as string, ids['A'] as string);
    await moveBlock(who, ids['A'] as string, ids['C'] as string);
    expect(await titlesOf(who)).toBe('DEBCA');
    expect((await blocksOf(who)).map(({ version }: { version: number }) => version)).toEqual([1, 1, 1, 1, 1]);
  });

  it('can be set as a whole by listing each block once', async () => {
    const { who, ids } = await createLettered('ABCD');
    const by = (letters: string) => [...letters].map((letter) => ids[letter]);
    const { status, body } = await setOrder(who, by('DBCA'));
    expect([status, body.nextCursor]).toEqual([200, null]);
    expect(body.items.map((block: { title: string }) => block.title).join('')).toBe('DBCA');
    for (const wrong of [by('DBC'), by('DBCAA'), by('DBCC'), [], [...by('DBC'), who.page]]) {
      const refused = await setOrder(who, wrong);
      expect([refused.status, refused.body.errors[0].path]).toEqual([400, 'ids']);
    }
    await server.as(who, 'DELETE', `/api/blocks/${ids['B']}`);
    expect((await setOrder(who, by('ABCD'))).status).toBe(400);
    expect((await setOrder(who, by('ACD'))).status).toBe(200);
    expect(await titlesOf(who)).toBe('ACD');
  });

  it('stays consistent when 30 requests change it at once', async () => {
    const { who, ids } = await createLettered('ABCDEF');
    const all = Object.values(ids);
    const pick = (n: number) => all[n % all.length] as string;
    const answers = await times(30, (n) => {
      if (n % 5 === 0) return setOrder(who, all.toReversed());
      if (n % 5 === 1) return addHeading(who, 'x').then(() => ({ status: 200 }));
      return moveBlock(who, pick(n), n % 2 ? null : pick(n * 7 + 1));
    });
    for (const { status } of answers) expect([200, 400]).toContain(status);
    const blocks = await blocksOf(who);
    expect(blocks).toHaveLength(12);
    const ranks = await server.app.db
      .selectFrom('blocks')
      .select('rank')
      .where('page_id', '=', who.page)
      .execute();
    expect(new Set(ranks.map(({ rank }) => rank)).size).toBe(12);
  });

  it('survives more moves to one position than a rank has room for', async () => {
    const { who, ids } = await createLettered('ABC');
    const long = `a0${'1'.repeat(98)}`;
    const set = (letter: string, rank: string) =>
      server.app.db
        .updateTable('blocks')
        .set({ rank })
        .where('id', '=', ids[letter] as string)
        .execute();
    await set('A', long);
    await set('B', `${long}1`);
    await moveBlock(who, ids['C'] as string, ids['A'] as string);
    expect(await titlesOf(who)).toBe('ACB');
    const ranks = await server.app.db
      .selectFrom('blocks')
      .select('rank')
      .where('page_id', '=', who.page)
      .execute();
    for (const { rank } of ranks) expect(rank.length).toBeLessThan(10);
  });
});

describe('a block in the trash', () => {
  const age = (id: string, days: number) =>
    server.app.db
      .updateTable('blocks')
      .set({ deleted_at: sql<Date>`now() - make_interval(days => ${days})` })
      .where('id', '=', id)
      .execute();

  it('is hidden, and is restored unchanged where it was', async () => {
    const { who, ids } = await createLettered('ABC');
    const path = `/api/blocks/${ids['A']}`;
    const before = (await server.as(who, 'GET', path)).body;
    expect((await server.as(who, 'DELETE', path)).status).toBe(204);
    for (const [method, body] of [['DELETE'], ['GET'], ['PATCH', { title: 'x' }]] as const)
      expect((await server.as(who, method, path, body)).status).toBe(404);
    expect((await moveBlock(who, ids['A'] as string, null)).status).toBe(404);
    expect((await moveBlock(who, ids['B'] as string, ids['A'] as string)).status).toBe(400);
    expect([await titlesOf(who), await titlesOf(who, '?deleted=true')]).toEqual(['BC', 'A']);
    const { body } = await server.as(who, 'POST', `${path}/restore`);
    expect(body).toEqual({ ...before, version: 2, updatedAt: body.updatedAt });
    expect([await titlesOf(who), await titlesOf(who, '?deleted=true')]).toEqual(['ABC', '']);
    expect((await server.as(who, 'POST', `${path}/restore`)).status).toBe(404);
  });

  it('is kept for 30 days', async () => {
    const { who, ids } = await createLettered('AB');
    const [kept, spent] = [ids['A'] as string, ids['B'] as string];
    for (const id of [kept, spent]) await server.as(who, 'DELETE', `/api/blocks/${id}`);
    await age(kept, 29);
    await age(spent, 31);
    expect(await titlesOf(who, '?deleted=true')).toBe('A');
    expect((await server.as(who, 'POST', `/api/blocks/${spent}/restore`)).status).toBe(404);
    await deleteTrashedBlocks(server.app);
    const left = await server.app.db
      .selectFrom('blocks')
      .select('id')
      .where('page_id', '=', who.page)
      .execute();
    expect(left).toEqual([{ id: kept }]);
  });

  it('is dropped when more than 200 newer ones are in the trash', async () => {
    const { who, ids } = await createLettered('AB');
    const rows = Array.from({ length: 200 }, (_, index) => ({
      id: `01900000-0000-7000-8001-${index.toString().padStart(12, '0')}`,
      page_id: who.page,
      type: 'heading' as const,
      rank: 'a0',
      title: 'x',
      data: '{}',
      deleted_at: new Date(Date.now() - 60_000 * (index + 1)),
    }));
    await server.app.db.insertInto('blocks').values(rows).execute();
    await server.as(who, 'DELETE', `/api/blocks/${ids['A']}`);
    const trash = await blocksOf(who, '?deleted=true');
    expect(trash).toHaveLength(200);
    expect([trash[0].id, trash.at(-1).id]).toEqual([ids['A'], rows[198]?.id]);
  });

  it('is deleted and restored once when 30 requests try at once', async () => {
    const { who, ids } = await createLettered('AB');
    const path = `/api/blocks/${ids['A']}`;
    const thirty = (method: string, to: string) => times(30, () => server.as(who, method, to));
    const deleted = await thirty('DELETE', path);
    expect(deleted.filter(({ status }) => status === 204)).toHaveLength(1);
    const restored = await thirty('POST', `${path}/restore`);
    expect(restored.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await server.as(who, 'GET', `/api/pages/${who.page}`)).body.blockCount).toBe(2);
  });
});
