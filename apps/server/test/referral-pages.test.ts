import { isDeepStrictEqual } from 'node:util';
import { rollUpDeltas } from '@linkgrove/api/jobs';
import { requireHealthy } from '@linkgrove/api/testing';
import { describe, expect, it } from 'vitest';
import {
  addMember,
  BROWSER,
  createTeam,
  crowd,
  eventually,
  markSuspended,
  markVerified,
  newCode,
  newHandle,
  type SignedUp,
  times,
  useReferralKit,
} from './kit/index.ts';

const PUBLIC_URL = 'http://localhost:3000';

const { server, kit, admin } = useReferralKit();

type Page = { id: string; handle: string };
type Owner = SignedUp & { page: Page };

async function createPage(who: SignedUp, input: object = {}): Promise<Page> {
  const body = { handle: newHandle(), published: true, ...input };
  return server.ask(who, 'POST', '/api/pages', body);
}
/** A verified user with a published page. */
async function newOwner(input: object = {}): Promise<Owner> {
  const who = await kit.signUp();
  await markVerified(server, who);
  return { ...who, page: await createPage(who, input) };
}
const addBlock = (who: SignedUp, { id }: Page, block: object = {}) =>
  server.as(who, 'POST', `/api/pages/${id}/blocks`, { type: 'referral', ...block });
const readJson = async ({ handle }: Page) => (await server.get(`/api/public/pages/${handle}`)).body;
const readHtml = async ({ handle }: Page): Promise<string> => (await server.get(`/@${handle}`)).body;
const linkFrom = ({ id }: Page, code: string) => `${PUBLIC_URL}/r/${code}?page=${id}`;
const firstLinkOf = async (who: SignedUp) => (await kit.as(who, 'GET', '/api/referral-links')).body.items[0];
const changeLink = (who: SignedUp, id: string, change: object) =>
  kit.as(who, 'PATCH', `/api/referral-links/${id}`, change);
/** Shown within a second of any change. */
const shownUrls = async (page: Page): Promise<string[]> =>
  (await readJson(page)).blocks.map(({ url }: { url: string }) => url);
const sourcesOf = async (who: SignedUp) => (await kit.readStats(who)).sources;
/** Of what is cached for a second. */
const becomes = (read: () => Promise<unknown>, expected: unknown) =>
  eventually(async () => isDeepStrictEqual(await read(), expected));
const comeBy = async ({ id }: Page, code: string, headers: Record<string, string> = {}) =>
  kit.signUp({}, { cookie: await kit.visitCookie(`${code}?page=${id}`, headers) });

describe('the footer of a page', () => {
  it('links to the platform with the code of the owner, if the owner wants it', async () => {
    const ada = await newOwner();
    expect([(await readJson(ada.page)).madeWith, (await readHtml(ada.page)).includes('Made with')]).toEqual([
      null,
      false,
    ]);
    const path = `/api/pages/${ada.page.id}`;
    expect((await server.as(ada, 'PATCH', path, { madeWith: true })).body.madeWith).toBe(true);
    const url = linkFrom(ada.page, kit.codeOf(ada));
    expect((await readJson(ada.page)).madeWith).toEqual({ product: 'Linkgrove', url });
    expect(await readHtml(ada.page)).toContain(`<a href="${url}" rel="nofollow">Made with Linkgrove</a>`);
  });

  it('leads to the home page, without credit, once the link is used up, expired or disabled', async () => {
    const ada = await newOwner({ madeWith: true });
    await changeLink(ada, (await firstLinkOf(ada)).id, { enabled: false });
    const urlOf = async () => (await readJson(ada.page)).madeWith.url;
    await becomes(urlOf, `${PUBLIC_URL}/`);
    expect(await readHtml(ada.page)).toContain(`<a href="${PUBLIC_URL}/" rel="nofollow">Made with`);
  });

  it('belongs to the content: drafts, versions, copies, templates and files have it', async () => {
    const ada = await newOwner({ madeWith: true, publishing: 'manual' });
    const path = `/api/pages/${ada.page.id}`;
    const changed = await server.as(ada, 'PATCH', path, { madeWith: false });
    expect(changed.body).toMatchObject({ madeWith: false, hasUnpublishedChanges: true });
    expect((await readJson(ada.page)).madeWith).not.toBeNull();
    const { changes } = await server.ask(ada, 'GET', `${path}/versions/compare?from=live`);
    expect(changes).toMatchObject([{ member: 'madeWith', text: 'Link to the platform turned off' }]);
    expect((await server.ask(ada, 'POST', `${path}/discard-draft`)).madeWith).toBe(true);

    const copy = await server.ask(ada, 'POST', `${path}/duplicate`, { handle: newHandle() });
    const template = await server.ask(ada, 'POST', '/api/templates', { pageId: ada.page.id, name: 'Mine' });
    const made = await server.ask(ada, 'POST', `/api/templates/${template.id}/pages`, {
      handle: newHandle(),
    });
    const file = await server.ask(ada, 'GET', `${path}/export`);
    const imported = await server.ask(ada, 'POST', '/api/page-imports', {
      content: JSON.stringify(file),
      handle: newHandle(),
    });
    expect([copy.madeWith, made.madeWith, file.page.madeWith, imported.page.madeWith]).toEqual(
      Array.from({ length: 4 }, () => true),
    );
  });

  it('is in the language of the page, from right to left', async () => {
    const ada = await newOwner({ madeWith: true, language: 'ar' });
    await addBlock(ada, ada.page, { title: 'اصنع صفحتك' });
    const html = await readHtml(ada.page);
    expect(html).toContain('أُنشئت باستخدام \u2068Linkgrove\u2069</a>');
    expect(html).toContain('<ul class="offer" dir="rtl"><li>الرصيد لك: ');
    expect(html).not.toMatch(/<script(?! type="application\/ld\+json")/);
  });
});

describe('a referral block', () => {
  it('says what both sides get, as the running campaign promises now, and leads to the link of the owner', async () => {
    const ada = await newOwner();
    await kit.as(ada, 'PATCH', '/api/me', { displayName: 'Ada & Co' });
    const made = await addBlock(ada, ada.page, { title: 'Join me', data: { message: 'It is free' } });
    expect([made.status, made.body.data]).toEqual([201, { message: 'It is free', code: null }]);
    const url = linkFrom(ada.page, kit.codeOf(ada));
    expect((await readJson(ada.page)).blocks).toMatchObject([
      {
        type: 'referral',
        url,
        href: `${PUBLIC_URL}/go/${made.body.id}`,
        data: {
          message: 'It is free',
          referrer: 'Ada & Co',
          offer: { referredCredits: 5, referrerCredits: 10 },
        },
      },
    ]);
    const html = await readHtml(ada.page);
    expect(html).toContain('<li>Credits for you: 5</li><li>Credits for Ada &#38; Co: 10</li>');
    expect(html).toContain(
      `href="/go/${made.body.id}" rel="nofollow ugc noopener"><bdi>Create your own page`,
    );
    expect((await server.get(`/go/${made.body.id}`)).headers.get('location')).toBe(url);

    const creditsShown = async () =>
      [...(await readHtml(ada.page)).matchAll(/<li>(Credits [^<]*)/g)].map(([, line]) => line);
    await kit.runCampaign(admin, { referredCredits: 1_200, referrerCredits: 0 });
    await becomes(creditsShown, ['Credits for you: 1,200']);
    await kit.runCampaign(admin, { referredCredits: 0, referrerCredits: 0 });
    await becomes(creditsShown, []);
    const { id } = await kit.runCampaign(admin, {});
    await becomes(async () => (await creditsShown()).length, 2);
    await kit.as(admin, 'POST', `/api/admin/referral-campaigns/${id}/pause`);
    await becomes(creditsShown, []);
    expect(await readHtml(ada.page)).toContain('Create your own page');
    await kit.runCampaign(admin, {});
  });

  it('vanishes while its link cannot be used', async () => {
    const ada = await newOwner();
    const { id } = (await addBlock(ada, ada.page)).body;
    const link = await firstLinkOf(ada);
    expect(await shownUrls(ada.page)).toHaveLength(1);
    await changeLink(ada, link.id, { enabled: false });
    await becomes(() => shownUrls(ada.page), []);
    expect((await server.get(`/go/${id}`)).status).toBe(404);
    await changeLink(ada, link.id, { enabled: true, maxUses: 1 });
    await becomes(() => shownUrls(ada.page), [linkFrom(ada.page, kit.codeOf(ada))]);
    await kit.refer(ada);
    await becomes(() => shownUrls(ada.page), []);
  });

  it('can have another link of an owner, but of nobody else', async () => {
    const [ada, bob] = [await newOwner(), await newOwner()];
    const code = newCode();
    await kit.as(ada, 'POST', '/api/referral-links', { code });
    for (const foreign of [kit.codeOf(bob), 'nobody-has-this'])
      expect((await addBlock(ada, ada.page, { data: { code: foreign } })).body.errors).toMatchObject([
        { path: 'data.code', code: 'unknown_code' },
      ]);
    const { id } = (await addBlock(ada, ada.page, { data: { code: code.toUpperCase() } })).body;
    expect(await shownUrls(ada.page)).toEqual([linkFrom(ada.page, code)]);
    const changed = await kit.as(ada, 'PATCH', `/api/blocks/${id}`, { data: { code: kit.codeOf(bob) } });
    expect(changed.body.errors[0].path).toBe('data.code');
    const wrong = await addBlock(ada, ada.page, { url: 'https://example.com' });
    expect(wrong.body.errors[0].path).toBe('url');
  });

  it('has the link of the new owner wherever it goes', async () => {
    const [ada, bob] = [await newOwner(), await newOwner()];
    const both = await createTeam(server, { owner: [ada, bob] });
    const [of, own] = [kit.codeOf(ada), kit.codeOf(bob)];
    const chosen = { data: { code: of } };
    const { id: blockId } = (await addBlock(ada, ada.page, chosen)).body;
    const file = await server.ask(ada, 'GET', `/api/pages/${ada.page.id}/export`);
    expect(file.blocks[0].data.code).toBe(of);

    const copy = await server.ask(ada, 'POST', `/api/pages/${ada.page.id}/duplicate`, {
      handle: newHandle(),
    });
    expect((await server.ask(ada, 'GET', `/api/pages/${copy.id}/blocks`)).items[0].data.code).toBe(of);

    const imported = await server.ask(bob, 'POST', '/api/page-imports', {
      content: JSON.stringify(file),
      handle: newHandle(),
    });
    expect(imported.changed).toMatchObject([{ title: 'referral' }]);
    await server.ask(bob, 'PATCH', `/api/pages/${imported.page.id}`, { published: true });
    expect(await shownUrls(imported.page)).toEqual([linkFrom(imported.page, own)]);

    const moved = await server.ask(ada, 'POST', `/api/pages/${ada.page.id}/transfer`, { workspaceId: both });
    expect(await shownUrls(moved)).toEqual([linkFrom(moved, of)]);
    const { id: teamBlock } = (await addBlock(ada, moved, { data: { code: own } })).body;
    expect(await shownUrls(moved)).toEqual([linkFrom(moved, of), linkFrom(moved, own)]);
    await server.ask(bob, 'POST', `/api/pages/${moved.id}/transfer`, { workspaceId: bob.user.id });
    expect(await shownUrls(moved)).toEqual([linkFrom(moved, own), linkFrom(moved, own)]);
    const codeIn = async (id: string) => (await server.ask(bob, 'GET', `/api/blocks/${id}`)).data.code;
    expect([await codeIn(blockId), await codeIn(teamBlock)]).toEqual([null, own]);
  });

  it('has in a team the link of the owner of longest standing who is not suspended', async () => {
    const [ada, bob, eve] = [await newOwner(), await newOwner(), await newOwner()];
    const team = await createTeam(server, { owner: ada });
    await addMember(server, team, bob, 'owner');
    await addMember(server, team, eve, 'editor');
    const page = await createPage(eve, { workspaceId: team, madeWith: true });
    expect((await addBlock(eve, page, { data: { code: kit.codeOf(eve) } })).status).toBe(400);
    await addBlock(eve, page);
    expect(await shownUrls(page)).toEqual([linkFrom(page, kit.codeOf(ada))]);
    await markSuspended(server, ada);
    await becomes(() => shownUrls(page), [linkFrom(page, kit.codeOf(bob))]);
    expect((await readJson(page)).madeWith.url).toBe(linkFrom(page, kit.codeOf(bob)));
  });
});

describe('a sign-up through a page', () => {
  it('is counted and listed with the page, for the referrer only', async () => {
    const ada = await newOwner({ madeWith: true });
    const { id } = (await addBlock(ada, ada.page)).body;
    const followed = await server.call('GET', `/go/${id}`, { headers: { 'user-agent': BROWSER } });
    const { cookies } = await kit.visit(followed.headers.get('location')?.split('/r/')[1] ?? '');
    const friend = await kit.signUp({}, { cookie: `referral=${cookies['referral']}` });
    await kit.visit(kit.codeOf(ada), { 'user-agent': `${BROWSER} another` });
    const typed = await kit.refer(ada);
    await kit.verify(friend);
    const page = { id: ada.page.id, handle: ada.page.handle };
    const sources = [
      { source: 'link', page: null, visits: 1, signups: 1, successful: 0 },
      { source: 'page', page, visits: 1, signups: 1, successful: 1 },
    ];
    expect(await kit.readStats(ada)).toMatchObject({ visits: 2, signups: 2, successful: 1, sources });
    expect((await kit.as(ada, 'GET', '/api/referrals')).body.items).toMatchObject([
      { username: typed.username, source: 'link', page: null },
      { username: friend.username, source: 'page', page },
    ]);
    expect(JSON.stringify((await kit.as(friend, 'GET', '/api/me')).body)).not.toContain(page.id);

    const referral = await kit.referralIdOf(friend);
    await kit.decide(admin, referral, 'reverse');
    expect((await sourcesOf(ada))[1]).toMatchObject({ signups: 1, successful: 0 });
    await rollUpDeltas(server.app);
    expect((await sourcesOf(ada))[1]).toMatchObject({ visits: 1, signups: 1, successful: 0 });
    await requireHealthy(server.app);
  });

  it('is told by the QR code of the link, too', async () => {
    const ada = await newOwner();
    await kit.signUp({}, { cookie: await kit.visitCookie(`${kit.codeOf(ada)}?via=qr`) });
    expect(await sourcesOf(ada)).toEqual([
      { source: 'link', page: null, visits: 0, signups: 0, successful: 0 },
      { source: 'qr', page: null, visits: 1, signups: 1, successful: 0 },
    ]);
  });

  it('is one by the link if the page is no page of the owner of the link, or none at all', async () => {
    const [ada, bob] = [await newOwner(), await newOwner()];
    for (const page of [bob.page.id, ada.user.id, 'x', '%00', `${ada.page.id}&page=${ada.page.id}`]) {
      const cookie = await kit.visitCookie(`${kit.codeOf(ada)}?page=${page}`, {
        'user-agent': BROWSER + page,
      });
      await kit.signUp({}, { cookie });
    }
    expect(await sourcesOf(ada)).toEqual([
      { source: 'link', page: null, visits: 5, signups: 5, successful: 0 },
    ]);
  });

  it('counts no visit of bots, the owner and members of the workspace', async () => {
    const [ada, eve] = [await newOwner(), await newOwner()];
    const team = await createTeam(server, { owner: ada, editor: eve });
    const page = await createPage(ada, { workspaceId: team });
    const path = `${kit.codeOf(ada)}?page=${page.id}`;
    await kit.visit(path, { cookie: ada.cookie });
    await kit.visit(path, { cookie: eve.cookie });
    await kit.visit(path, { 'user-agent': 'WhatsApp/2.23' });
    expect((await kit.readStats(ada)).visits).toBe(0);
    await kit.visit(path, { cookie: (await newOwner()).cookie });
    expect((await sourcesOf(ada))[1]).toMatchObject({ source: 'page', visits: 1 });
  });

  it('keeps its counts, but not the name, when the page is deleted or moves away', async () => {
    const [ada, bob] = [await newOwner(), await newOwner()];
    const [code, second] = [kit.codeOf(ada), await createPage(ada)];
    await comeBy(ada.page, code);
    await comeBy(second, code, { 'user-agent': `${BROWSER} second` });
    await server.ask(ada, 'DELETE', `/api/pages/${second.id}`);
    await addMember(server, bob.user.id, ada, 'editor');
    await server.ask(ada, 'POST', `/api/pages/${ada.page.id}/transfer`, { workspaceId: bob.user.id });
    await server.app.db
      .deleteFrom('workspace_members')
      .where('workspace_id', '=', bob.user.id)
      .where('user_id', '=', ada.user.id)
      .execute();
    const counts = { visits: 2, signups: 2, successful: 0 };
    await becomes(async () => (await sourcesOf(ada))[1], { source: 'page', page: null, ...counts });
    const listed = (await kit.as(ada, 'GET', '/api/referrals')).body.items;
    expect(listed).toMatchObject([
      { source: 'page', page: null },
      { source: 'page', page: null },
    ]);
  });

  it('adds up with all others under thirty at once, while counts are rolled up', async () => {
    const ada = await newOwner();
    const [code, second] = [kit.codeOf(ada), await createPage(ada)];
    const paths = [`${code}?page=${ada.page.id}`, `${code}?page=${second.id}`, `${code}?via=qr`, code];
    const cookies = await times(30, (n) =>
      kit.visitCookie(paths[n % 4] ?? '', { 'user-agent': `${BROWSER} ${n}` }),
    );
    const rolling = times(6, () => rollUpDeltas(server.app));
    const people = await crowd(30, 30, (n) => kit.signUp({}, { cookie: cookies[n] ?? '' }));
    await crowd(30, 30, (n) => kit.verify(people[n] as SignedUp));
    await rolling;
    const check = async () => {
      const { visits, signups, successful, sources } = await kit.readStats(ada);
      expect([visits, signups]).toEqual([30, 30]);
      for (const [name, total] of Object.entries({ visits, signups, successful }))
        expect(sources.reduce((sum: number, one: Record<string, number>) => sum + (one[name] ?? 0), 0)).toBe(
          total,
        );
      expect(
        sources
          .map((one: { signups: number }) => one.signups)
          .toSorted((one: number, other: number) => one - other),
      ).toEqual([7, 7, 8, 8]);
    };
    await check();
    await rollUpDeltas(server.app);
    await check();
    await requireHealthy(server.app);
  });
});
