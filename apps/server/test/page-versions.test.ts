import { describe, expect, it } from 'vitest';
import {
  cleanUpLater,
  createEditor,
  newHandle,
  range,
  startTestServer,
  tally,
  times,
  useTestServer,
  useVerifiedPerson,
} from './kit/index.ts';

const server = useTestServer();
const ada = useVerifiedPerson(server);
const { ask, listTitles, see, ...editor } = createEditor(server, ada);
const createPage = (input: object = {}) => editor.createPage({ title: 'First', ...input });
const addLink = async (id: string, title: string, url = `https://example.com/${encodeURIComponent(title)}`) =>
  (await ask('POST', `/api/pages/${id}/blocks`, { type: 'link', title, url })).id as string;
const publish = (id: string, note?: string) => ask('POST', `/api/pages/${id}/publish`, note ? { note } : {});
const listVersions = async (id: string) => (await ask('GET', `/api/pages/${id}/versions`)).items;
const restore = (id: string, versionId: string) =>
  ask('POST', `/api/pages/${id}/versions/${versionId}/restore`);
const titlesOf = ({ blocks }: { blocks: { title: string }[] }) => blocks.map(({ title }) => title);

describe('a page with immediate publishing', () => {
  it('shows each change at once, and keeps a version of each publication', async () => {
    const { id, handle } = await createPage();
    await addLink(id, 'one');
    expect(titlesOf(await see(handle))).toEqual(['one']);
    const published = await publish(id, 'With one link');
    expect(published).toMatchObject({
      published: true,
      publishing: 'immediate',
      hasUnpublishedChanges: false,
    });
    expect(await listVersions(id)).toMatchObject([
      {
        number: 2,
        note: 'With one link',
        reason: 'publish',
        createdBy: { id: ada.user.id, username: ada.username },
      },
      { number: 1, note: null },
    ]);
    expect(published.publishedVersion).toEqual((await listVersions(id))[0]);
  });

  it('is published by publish', async () => {
    const { id, handle } = await createPage({ published: false });
    expect((await server.get(`/@${handle}`)).status).toBe(404);
    await publish(id);
    expect((await server.get(`/@${handle}`)).status).toBe(200);
  });

  it('goes back to a version as a whole, with the IDs that its blocks had, and can undo that', async () => {
    const { id, handle } = await createPage({ bio: 'Hello' });
    const [one, two] = [await addLink(id, 'one'), await addLink(id, 'two')];
    const { publishedVersion } = await publish(id);
    await ask('DELETE', `/api/blocks/${one}`);
    await ask('PATCH', `/api/blocks/${two}`, { title: 'deux' });
    const three = await addLink(id, 'three');
    await ask('PUT', `/api/pages/${id}/blocks/order`, { ids: [three, two] });
    await ask('PATCH', `/api/pages/${id}`, { title: 'Second', bio: null, theme: { preset: 'mono' } });

    const restored = await restore(id, publishedVersion.id);
    expect(restored).toMatchObject({
      title: 'First',
      bio: 'Hello',
      theme: { preset: 'default' },
      blockCount: 2,
    });
    const shown = await see(handle);
    expect(shown.blocks.map((block: { id: string; title: string }) => [block.id, block.title])).toEqual([
      [one, 'one'],
      [two, 'two'],
    ]);
    expect((await server.get(`/go/${one}`)).status).toBe(302);
    expect((await server.get(`/go/${three}`)).status).toBe(404);

    const [undo] = await listVersions(id);
    expect(undo).toMatchObject({ reason: 'restore', number: 3 });
    await restore(id, undo.id);
    expect(titlesOf(await see(handle))).toEqual(['three', 'deux']);
    expect(await see(handle)).toMatchObject({ title: 'Second', bio: null });
  });

  it('gets back blocks that were deleted for good, and new ones for blocks that moved elsewhere', async () => {
    const { id, handle } = await createPage();
    const [one, two] = [await addLink(id, 'one'), await addLink(id, 'two')];
    const { publishedVersion } = await publish(id);
    const other = await createPage();
    await server.app.db.deleteFrom('blocks').where('id', '=', one).execute();
    await server.app.db.updateTable('blocks').set({ page_id: other.id }).where('id', '=', two).execute();
    await server.app.db.updateTable('pages').set({ block_count: 0 }).where('id', '=', id).execute();
    await restore(id, publishedVersion.id);
    const { blocks } = await see(handle);
    expect(titlesOf({ blocks })).toEqual(['one', 'two']);
    expect(blocks[0].id).toBe(one);
    expect(blocks[1].id).not.toBe(two);
    expect((await see(other.handle)).blocks[0].id).toBe(two);
  });

  it('keeps the last fifty versions', async () => {
    const { id } = await createPage();
    for (const n of range(52)) await publish(id, `Number ${n}`);
    const { rows } = await server.app.db
      .selectFrom('page_versions')
      .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.min('number').as('first')])
      .where('page_id', '=', id)
      .execute()
      .then((all) => ({ rows: all }));
    expect(rows).toEqual([{ count: 50, first: 4 }]);
    const first = await ask('GET', `/api/pages/${id}/versions?limit=30`);
    const second = await ask('GET', `/api/pages/${id}/versions?limit=30&cursor=${first.nextCursor}`);
    const numbers = [...first.items, ...second.items].map(({ number }: { number: number }) => number);
    expect(numbers).toEqual(range(50).map((n) => 53 - n));
  });

  it('says what changed between two versions, and between a version and now', async () => {
    const { id } = await createPage();
    const [one, two, three] = [
      await addLink(id, 'one'),
      await addLink(id, 'two'),
      await addLink(id, 'three'),
    ];
    const { id: from } = (await publish(id)).publishedVersion;
    await ask('PATCH', `/api/pages/${id}`, { title: 'Second' });
    await ask('PATCH', `/api/blocks/${two}`, { title: 'deux', enabled: false });
    await ask('DELETE', `/api/blocks/${one}`);
    const four = await addLink(id, 'four');
    await ask('PUT', `/api/pages/${id}/blocks/order`, { ids: [three, two, four] });
    const { changes } = await ask('GET', `/api/pages/${id}/versions/compare?from=${from}`);
    expect(changes.map(({ text }: { text: string }) => text)).toEqual([
      'Title changed from “First” to “Second”',
      'The link “deux” was moved',
      'The link “two”: title changed from “two” to “deux”',
      'The link “two”: enabled turned off',
      'The link “four” was added',
      'The link “one” was removed',
    ]);
    const { id: to } = (await publish(id)).publishedVersion;
    const compared = await ask('GET', `/api/pages/${id}/versions/compare?from=${from}&to=${to}`);
    expect(compared.changes).toEqual(changes);
    expect((await ask('GET', `/api/pages/${id}/versions/compare?from=${to}`)).changes).toEqual([]);
    const content = await ask('GET', `/api/pages/${id}/versions/${from}`);
    expect(content).toMatchObject({ page: { title: 'First', avatarUrl: null }, number: 2 });
    expect(content.blocks).toMatchObject([
      { id: one, type: 'link', thumbnailUrl: null },
      { id: two, title: 'two', enabled: true },
      { id: three, pinned: false },
    ]);
  });

  it('shares no version with another page', async () => {
    const [mine, other] = [await createPage(), await createPage()];
    const { publishedVersion } = await publish(other.id, 'Other');
    const path = `/api/pages/${mine.id}/versions/${publishedVersion.id}`;
    expect((await server.as(ada, 'GET', path)).status).toBe(404);
    expect((await server.as(ada, 'POST', `${path}/restore`)).status).toBe(404);
  });
});

describe('a page with manual publishing', () => {
  async function createManualPage() {
    const { id, handle } = await createPage();
    const block = await addLink(id, 'one');
    await ask('PATCH', `/api/pages/${id}`, { publishing: 'manual' });
    return { id, handle, block };
  }

  it('shows what was published last, in every form, until it is published again', async () => {
    const { id, handle, block } = await createManualPage();
    const before = await server.get(`/api/public/pages/${handle}`);
    const card = (await server.get(`/@${handle}/contact.vcf`)).body;
    await ask('PATCH', `/api/pages/${id}`, { title: 'Draft', language: 'de', theme: { preset: 'mono' } });
    await ask('PATCH', `/api/blocks/${block}`, { title: 'changed', url: 'https://example.com/new' });
    const added = await addLink(id, 'two');
    expect(await ask('GET', `/api/pages/${id}`)).toMatchObject({
      title: 'Draft',
      publishing: 'manual',
      hasUnpublishedChanges: true,
      published: true,
    });
    const between = await server.get(`/api/public/pages/${handle}`);
    expect(between.body).toEqual(before.body);
    expect(between.headers.get('etag')).toBe(before.headers.get('etag'));
    expect((await server.get(`/@${handle}/contact.vcf`)).body).toBe(card);
    const page = (await server.get(`/@${handle}`)).body;
    expect(page).not.toMatch(/Draft|changed|two/);
    expect((await server.get(`/go/${block}`)).headers.get('location')).toBe('https://example.com/one');
    expect((await server.get(`/go/${added}`)).status).toBe(404);

    const { url } = await ask('POST', `/api/pages/${id}/preview-link`);
    const preview = (await server.get(url.slice(new URL(url).origin.length))).body;
    expect(preview).toMatch(/Draft[\s\S]*changed[\s\S]*two/);

    expect(await publish(id)).toMatchObject({ hasUnpublishedChanges: false });
    expect(await see(handle)).toMatchObject({ title: 'Draft', language: 'de', theme: { preset: 'mono' } });
    expect(titlesOf(await see(handle))).toEqual(['changed', 'two']);
    expect((await server.get(`/go/${block}`)).headers.get('location')).toBe('https://example.com/new');
  });

  it('keeps showing and counting a block that the draft deletes, even after it left the trash', async () => {
    const { id, handle, block } = await createManualPage();
    await ask('DELETE', `/api/blocks/${block}`);
    await server.app.db.deleteFrom('blocks').where('id', '=', block).execute();
    expect(titlesOf(await see(handle))).toEqual(['one']);
    expect((await server.get(`/go/${block}`)).status).toBe(302);
    expect((await server.post(`/api/public/blocks/${block}/click`)).status).toBe(202);
    await publish(id);
    expect(titlesOf(await see(handle))).toEqual([]);
    expect((await server.get(`/go/${block}`)).status).toBe(404);
  });

  it('keeps the order, pins and schedules that were published', async () => {
    const { id, handle, block } = await createManualPage();
    const rest = [];
    for (const n of range(12)) rest.push(await addLink(id, `link ${n}`));
    await publish(id);
    await ask('PUT', `/api/pages/${id}/blocks/order`, { ids: [...rest.toReversed(), block] });
    expect(titlesOf(await see(handle))).toEqual(['one', ...range(12).map((n) => `link ${n}`)]);
    await ask('PATCH', `/api/blocks/${rest[5] ?? ''}`, { pinned: true, startsAt: '2020-01-01T00:00:00Z' });
    await ask('PATCH', `/api/blocks/${rest[6] ?? ''}`, { endsAt: '2020-01-01T00:00:00Z' });
    await publish(id);
    const shown = titlesOf(await see(handle));
    expect([shown[0], shown[1], shown.length]).toEqual(['link 5', 'link 11', 12]);
  });

  it('throws a draft away', async () => {
    const { id, handle, block } = await createManualPage();
    await ask('PATCH', `/api/pages/${id}`, { title: 'Draft', bio: 'New' });
    await ask('DELETE', `/api/blocks/${block}`);
    await addLink(id, 'two');
    const before = await see(handle);
    expect(await ask('POST', `/api/pages/${id}/discard-draft`)).toMatchObject({
      title: 'First',
      bio: null,
      blockCount: 1,
      hasUnpublishedChanges: false,
    });
    expect(await listTitles(id)).toEqual(['one']);
    expect(await see(handle)).toEqual(before);
    const fresh = await createPage();
    expect((await server.as(ada, 'POST', `/api/pages/${fresh.id}/discard-draft`)).status).toBe(409);
  });

  it('restores a version into the draft, which visitors see once it is published', async () => {
    const { id, handle, block } = await createManualPage();
    const { publishedVersion } = await publish(id);
    await ask('PATCH', `/api/blocks/${block}`, { title: 'later' });
    await publish(id);
    await restore(id, publishedVersion.id);
    expect(titlesOf(await see(handle))).toEqual(['later']);
    expect(await listTitles(id)).toEqual(['one']);
    const { changes } = await ask('GET', `/api/pages/${id}/versions/compare?from=live`);
    expect(changes).toMatchObject([
      { kind: 'block_changed', member: 'title', before: 'later', after: 'one' },
    ]);
    await publish(id);
    expect(titlesOf(await see(handle))).toEqual(['one']);
  });

  it('has a handle that changes at once', async () => {
    const { id, handle } = await createManualPage();
    const next = newHandle();
    await ask('PATCH', `/api/pages/${id}`, { handle: next, title: 'Draft' });
    expect(await see(next)).toMatchObject({ handle: next, title: 'First' });
    expect((await server.get(`/@${handle}`)).status).toBe(301);
  });

  it('can be hidden and shown again without publishing the draft', async () => {
    const { id, handle } = await createManualPage();
    await ask('PATCH', `/api/pages/${id}`, { title: 'Draft', published: false });
    expect((await server.get(`/@${handle}`)).status).toBe(404);
    await ask('PATCH', `/api/pages/${id}`, { published: true });
    expect(await see(handle)).toMatchObject({ title: 'First' });
  });

  it('publishes its draft when publishing becomes immediate again', async () => {
    const { id, handle } = await createManualPage();
    await ask('PATCH', `/api/pages/${id}`, { title: 'Draft' });
    const page = await ask('PATCH', `/api/pages/${id}`, { publishing: 'immediate' });
    expect(page).toMatchObject({ publishing: 'immediate', hasUnpublishedChanges: false });
    expect(await see(handle)).toMatchObject({ title: 'Draft' });
    await ask('PATCH', `/api/pages/${id}`, { title: 'Later' });
    expect(await see(handle)).toMatchObject({ title: 'Later' });
    expect((await listVersions(id))[0]).toMatchObject({ reason: 'publish' });
  });

  it('can be created as a draft that nobody sees before its first publication', async () => {
    const { id, handle } = await createPage({ publishing: 'manual', published: false });
    await addLink(id, 'one');
    expect((await server.get(`/@${handle}`)).status).toBe(404);
    await ask('PATCH', `/api/pages/${id}`, { published: true });
    expect(titlesOf(await see(handle))).toEqual(['one']);
    await addLink(id, 'two');
    expect(titlesOf(await see(handle))).toEqual(['one']);
  });

  it('asks search engines for what was published', async () => {
    const { id, handle } = await createManualPage();
    await ask('PATCH', `/api/pages/${id}`, { seo: { noindex: true } });
    expect((await see(handle)).seo.noindex).toBe(false);
    await publish(id);
    expect((await see(handle)).seo.noindex).toBe(true);
  });
});

describe('at the same time', () => {
  it('thirty publications of the same content keep one version', async () => {
    const { id } = await createPage();
    await addLink(id, 'one');
    const answers = await times(30, () => server.as(ada, 'POST', `/api/pages/${id}/publish`));
    expect(tally(answers)).toEqual({ 200: 30 });
    expect((await listVersions(id)).map(({ number }: { number: number }) => number)).toEqual([2, 1]);
  });

  it('thirty publications with notes get the numbers from 1 to 30', async () => {
    const { id } = await createPage({ published: false });
    await times(30, (n) => publish(id, `Number ${n}`));
    const all = await ask('GET', `/api/pages/${id}/versions?limit=100`);
    const numbers = all.items.map(({ number }: { number: number }) => number);
    expect(numbers).toEqual(range(30).map((n) => 30 - n));
  });

  it('publications and edits never publish half of an edit', async () => {
    const { id, handle } = await createPage({ publishing: 'manual' });
    const blocks = [await addLink(id, 'one'), await addLink(id, 'two')];
    await publish(id);
    await times(30, (n) =>
      n % 3 === 0
        ? publish(id)
        : ask('PUT', `/api/pages/${id}/blocks/order`, { ids: n % 2 ? blocks : blocks.toReversed() }),
    );
    await publish(id);
    expect(titlesOf(await see(handle))).toEqual(await listTitles(id));
    expect((await ask('GET', `/api/pages/${id}/versions/compare?from=live`)).changes).toEqual([]);
  });

  it('restores and edits leave a page whose count of blocks is right', async () => {
    const { id } = await createPage();
    await addLink(id, 'one');
    const { publishedVersion } = await publish(id);
    await times(30, (n) =>
      server.as(
        ada,
        'POST',
        n % 2 ? `/api/pages/${id}/versions/${publishedVersion.id}/restore` : `/api/pages/${id}/blocks`,
        n % 2 ? {} : { type: 'heading', title: `new ${n}` },
      ),
    );
    const { blockCount } = await ask('GET', `/api/pages/${id}`);
    expect((await listTitles(id)).length).toBe(blockCount);
  });
});

it('an address must be verified before a page is published', async () => {
  const strict = await startTestServer({ env: { PUBLISH_REQUIRES_VERIFICATION: 'true' } });
  cleanUpLater(() => strict.close());
  const bob = await strict.signUp();
  const { id } = (await strict.as(bob, 'GET', '/api/pages')).body.items[0];
  const refused = await strict.as(bob, 'POST', `/api/pages/${id}/publish`);
  expect([refused.status, refused.body.code]).toEqual([403, 'EMAIL_NOT_VERIFIED']);
});
