import { request } from 'node:http';
import { deleteOldReports, deleteUnusedObjects, settleAllWithheldFiles } from '@linkgrove/api/jobs';
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  clientFrom,
  createPdf,
  createPicture,
  createTeam,
  crowd,
  newHandle,
  PASSWORD,
  type SignedUp,
  signUpVerified,
  tally,
  times,
  toComparable,
  uploadFile,
  useAdmin,
  useTestServer,
} from './kit/index.ts';

const server = useTestServer({
  worker: true,
  env: { TRUST_PROXY: '127.0.0.1', DOMAIN_TARGET: 'pages.linkgrove-moderation.com' },
});
const admin = useAdmin(server);
let ada: SignedUp;
beforeAll(async () => {
  ada = await signUpVerified(server);
});

let address = 0;
const asStranger = () => {
  address += 1;
  return clientFrom(`10.5.${Math.floor(address / 250)}.${address % 250}`);
};
const report = (body: object, headers = asStranger()) =>
  server.post('/api/public/reports', { reason: 'spam', ...body }, { headers });
const createPage = async (who: SignedUp, input: object = {}) =>
  (await server.as(who, 'POST', '/api/pages', { handle: newHandle('mod'), published: true, ...input })).body;
const addBlock = async (pageId: string, block: object) =>
  (await server.as(ada, 'POST', `/api/pages/${pageId}/blocks`, block)).body;
const byAdmin = (method: string, path: string, body?: unknown) =>
  server.as(admin, method, `/api/admin${path}`, body);
const listReports = async (query: string) => (await byAdmin('GET', `/reports?${query}`)).body;
const takeDown = async (id: string, input: object = {}) => {
  const answer = await byAdmin('POST', `/pages/${id}/take-down`, { reason: 'fraud', ...input });
  expect([answer.status, answer.body.takenDown]).toEqual([200, true]);
};
/** `fetch` sets the header itself. */
const visitHost = (host: string) =>
  new Promise<number | undefined>((resolve) => {
    const { port } = new URL(server.url);
    const visit = request({ port, path: '/', headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    visit.end();
  });
const statusOf = async (path: string) => (await server.get(path)).status;

describe('a report', () => {
  it('reaches the administrators, and a repetition is counted with it', async () => {
    const { id, handle, url } = await createPage(ada);
    const from = asStranger();
    expect(await report({ handle, details: 'Look', email: 'Bob@Example.com' }, from)).toMatchObject({
      status: 202,
      body: { accepted: true },
    });
    await report({ handle: handle.toUpperCase(), details: 'Again' }, from);
    await report({ handle, reason: 'malware' }, from);
    const { items } = await listReports(`pageId=${id}`);
    expect(items).toMatchObject([
      { reason: 'malware', times: 1, page: { id, handle, url, openReports: 2, takenDown: false } },
      { reason: 'spam', times: 2, details: 'Look', email: 'Bob@Example.com', status: 'open' },
    ]);
  });

  it('gets the same answer whether its page is there, hidden, in the trash or taken down', async () => {
    const shown = await createPage(ada);
    const draft = await createPage(ada, { published: false });
    const down = await createPage(ada);
    const trashed = await createPage(ada);
    await takeDown(down.id);
    await server.as(ada, 'DELETE', `/api/pages/${trashed.id}`);
    const answers = [];
    for (const handle of [shown.handle, draft.handle, down.handle, trashed.handle, 'nobody-at-all', '?'])
      answers.push(toComparable(await report({ handle })));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    for (const { id } of [draft, down, trashed])
      expect((await listReports(`pageId=${id}`)).items).toEqual([]);
  });

  it('is counted once by page, reason and reporter, whoever races', async () => {
    const { id, handle } = await createPage(ada);
    expect(tally(await times(30, () => report({ handle })))).toEqual({ 202: 30 });
    const from = asStranger();
    const repeated = await times(30, () => report({ handle, reason: 'hate' }, from));
    expect(tally(repeated)).toEqual({ 202: 10, '429 RATE_LIMITED': 20 });
    const { items } = await listReports(`pageId=${id}&reason=hate`);
    expect(items).toMatchObject([{ times: 10, page: { openReports: 31 } }]);
  });

  it('beyond a hundred open ones of a page only raises a count', async () => {
    const { id, handle } = await createPage(ada);
    for (const count of [100, 4])
      expect(tally(await crowd(count, 1, () => report({ handle })))).toEqual({ 202: count });
    const { items, nextCursor } = await listReports(`pageId=${id}&limit=100`);
    const sum = items.reduce((count: number, one: { times: number }) => count + one.times, 0);
    expect([items.length, nextCursor, sum, items[0].page.openReports]).toEqual([100, null, 104, 100]);
  });

  it('names what is wrong with it', async () => {
    const { status, body } = await report({ handle: 'x', reason: 'ugly', email: 'nobody' });
    expect(status).toBe(400);
    expect(body.errors.map(({ path }: { path: string }) => path)).toEqual(['reason', 'email']);
  });

  it('can be sent by a form of the page without a script', async () => {
    const { id, handle } = await createPage(ada, { language: 'de' });
    expect((await server.get(`/@${handle}`)).body).toContain(`href="/@${handle}/report" rel="nofollow"`);
    const form = await server.get(`/@${handle}/report`);
    expect(form.status).toBe(200);
    expect(form.body).toContain('Betrug oder Phishing');
    expect(form.headers.get('content-security-policy')).toContain("form-action 'self'");
    const send = (entries: Record<string, string>, origin = 'http://localhost:3000') =>
      server.call('POST', `/@${handle}/report`, {
        body: new URLSearchParams(entries).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin, ...asStranger() },
      });
    expect((await send({ reason: 'fraud' }, 'https://evil.example')).body.code).toBe('CSRF_REJECTED');
    const wrong = await send({ reason: 'fraud', details: '"><b>', email: 'nobody' });
    expect([wrong.status, wrong.body.includes('"><b>')]).toEqual([422, false]);
    expect((await send({ reason: 'fraud', website: 'x' })).status).toBe(200);
    expect((await listReports(`pageId=${id}`)).items).toEqual([]);
    expect((await send({ reason: 'fraud', details: '', email: '' })).status).toBe(200);
    expect((await listReports(`pageId=${id}`)).items).toMatchObject([{ reason: 'fraud', details: null }]);
    expect(await statusOf('/@nobody-at-all/report')).toBe(404);
  });

  it('is in the export of the account that proved its address, which its deletion takes away', async () => {
    const { id, handle } = await createPage(ada);
    const bob = await signUpVerified(server);
    await report({ handle, email: bob.email.toUpperCase(), details: 'Mine' });
    const { body } = await server.as(bob, 'GET', '/api/me/export');
    expect(body.reports).toMatchObject([{ handle, reason: 'spam', details: 'Mine', status: 'open' }]);
    await server.as(bob, 'DELETE', '/api/me', { password: PASSWORD });
    expect((await listReports(`pageId=${id}`)).items).toMatchObject([{ details: 'Mine', email: null }]);
  });

  it('is deleted some time after it was resolved, and an open one forgets who sent it', async () => {
    const { id, handle } = await createPage(ada);
    await report({ handle, email: 'bob@example.com' });
    await report({ handle, reason: 'hate', email: 'bob@example.com' });
    const [newest] = (await listReports(`pageId=${id}`)).items;
    await byAdmin('POST', `/reports/${newest.id}/resolve`, { action: 'dismiss' });
    const passed = sql<Date>`now() - interval '181 days'`;
    await server.app.db.updateTable('page_reports').set({ reported_at: passed }).execute();
    const resolved = server.app.db.updateTable('page_reports').where('resolved_at', 'is not', null);
    await resolved.set({ resolved_at: passed }).execute();
    await deleteOldReports(server.app);
    const rows = await server.app.db
      .selectFrom('page_reports')
      .select(['reason', 'email'])
      .where('page_id', '=', id)
      .execute();
    expect(rows).toEqual([{ reason: 'spam', email: null }]);
  });
});

describe('the queue of reports', () => {
  it('is filtered, comes in pages, and each report is resolved once', async () => {
    const { id, handle } = await createPage(ada);
    for (const reason of ['spam', 'hate', 'sexual']) await report({ handle, reason });
    const first = await listReports(`handle=${handle}&limit=2`);
    expect(first.items.map(({ reason }: { reason: string }) => reason)).toEqual(['sexual', 'hate']);
    const rest = await listReports(`handle=${handle}&limit=2&cursor=${first.nextCursor}`);
    expect(rest).toMatchObject({ items: [{ reason: 'spam' }], nextCursor: null });

    const path = `/reports/${rest.items[0].id}/resolve`;
    const dismiss = { action: 'dismiss', note: 'A joke' };
    const answers = await times(30, () => byAdmin('POST', path, dismiss));
    expect(tally(answers)).toEqual({ 200: 1, '409 CONFLICT': 29 });
    expect((await listReports(`pageId=${id}&status=dismissed`)).items).toMatchObject([
      { reason: 'spam', note: 'A joke', page: { openReports: 2 } },
    ]);
    const other = `/reports/${first.items[0].id}/resolve`;
    expect(await byAdmin('POST', other, { action: 'act', wholePage: true })).toMatchObject({
      status: 200,
      body: { status: 'acted', page: { openReports: 0 } },
    });
    const events = await server.app.db
      .selectFrom('security_events')
      .select('details')
      .where('type', '=', 'report_resolved')
      .where(sql<boolean>`details ->> 'pageId' = ${id}`)
      .orderBy('id')
      .execute();
    expect(events).toMatchObject([
      { details: { status: 'dismissed', count: 1 } },
      { details: { status: 'acted', count: 2 } },
    ]);
  });

  it('is closed to everybody else', async () => {
    for (const [method, path] of [
      ['GET', '/reports'],
      ['GET', '/appeals'],
      ['GET', '/pages?name=ada'],
    ] as const)
      expect((await server.as(ada, method, `/api/admin${path}`)).body.code).toBe('FORBIDDEN');
  });
});

describe('a page that was taken down', () => {
  it('answers 451 wherever visitors could see a part of it, and comes back as it was', async () => {
    const { id, handle } = await createPage(ada);
    const old = handle;
    const renamed = newHandle('mod');
    await server.as(ada, 'PATCH', `/api/pages/${id}`, { handle: renamed });
    const link = await addBlock(id, { type: 'link', title: 'A', url: 'https://example.com/a' });
    const form = await addBlock(id, {
      type: 'form',
      title: 'F',
      data: { fields: [{ field: 'message' }], confirmEmail: false },
    });
    const event = await addBlock(id, {
      type: 'event',
      title: 'E',
      data: { beginsAt: '2030-01-01T10:00:00Z', timezone: 'UTC' },
    });
    await server.as(ada, 'PATCH', `/api/pages/${id}/analytics/settings`, { public: true });
    const preview = (await server.as(ada, 'POST', `/api/pages/${id}/preview-link`)).body.url;
    const previewPath = preview.slice(new URL(preview).origin.length);
    const host = `${newHandle('links')}.linkgrove-customer.com`;
    const domain = (await server.as(ada, 'POST', '/api/domains', { hostname: host, pageId: id })).body;
    const active = { status: 'active' as const, verified_at: new Date(), is_primary: false };
    await server.app.db.updateTable('domains').set(active).where('id', '=', domain.id).execute();

    const reads = [
      ...['', '/qr.svg', '/qr.png', '/contact.vcf', '/share', '/stats', '/report', '/og.png'].map(
        (path) => `/@${renamed}${path}`,
      ),
      `/api/public/pages/${renamed}`,
      `/go/${link.id}`,
      `/go/${event.id}/event.ics`,
    ];
    const seen = async () => Promise.all(reads.map(async (path) => [path, await statusOf(path)]));
    const before = await seen();
    expect(before.map(([, status]) => status)).toEqual([...Array(9).fill(200), 302, 200]);
    expect((await server.get('/sitemap.xml')).body).toContain(`/@${renamed}<`);

    await takeDown(id);
    expect(await seen()).toEqual(reads.map((path) => [path, 451]));
    expect(await statusOf(`/@${old}`)).toBe(451);
    expect(await statusOf(previewPath)).toBe(404);
    await expect.poll(() => visitHost(host)).toBe(451);
    expect((await server.get('/sitemap.xml')).body).not.toContain(`/@${renamed}<`);
    const html = await server.get(`/@${renamed}`);
    expect(html.body).toContain('This page has been taken down');
    expect((await server.get(`/go/${link.id}`)).body).toBe(html.body);
    expect(html.body).not.toContain(ada.username);
    expect(html.headers.get('link')).toBe('<http://localhost:3000/>; rel="blocked-by"');
    expect(html.headers.get('cache-control')).toBe('no-store');
    expect((await server.get(`/api/public/pages/${renamed}`)).body).toMatchObject({
      status: 451,
      code: 'TAKEN_DOWN',
    });
    for (const [path, body] of [
      [`/api/public/pages/${renamed}/view`, {}],
      [`/api/public/pages/${renamed}/unlock`, { password: 'rehearsal-7' }],
      [`/api/public/blocks/${link.id}/click`, {}],
      [`/api/public/forms/${form.id}`, { fields: { message: 'x' } }],
    ] as const)
      expect((await server.post(path, body)).body).toMatchObject({ status: 451, code: 'TAKEN_DOWN' });
    const sent = await server.call('POST', `/go/${form.id}/form`, {
      body: 'message=x',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(sent.status).toBe(451);

    expect((await byAdmin('POST', `/pages/${id}/restore`)).body).toMatchObject({ takenDown: false });
    expect(await seen()).toEqual(before);
    await server.as(ada, 'PATCH', `/api/pages/${id}`, { published: false });
    expect(await seen()).toEqual(reads.map((path) => [path, 404]));
    await expect.poll(() => visitHost(host)).toBe(404);
  });

  describe('takes files along', () => {
    const uploadPdf = async (text: string) =>
      (await uploadFile(server, ada, createPdf(text), { purpose: 'file' })).body;
    const toPath = (url: string) => new URL(url).pathname;
    const statusesOf = (files: { url: string }[]) =>
      Promise.all(files.map(({ url }) => statusOf(toPath(url))));
    const show = (pageId: string, fileId: string) => addBlock(pageId, { type: 'file', data: { fileId } });

    it('that no other page shows, in every size, until it is restored', async () => {
      const [page, other] = [await createPage(ada), await createPage(ada)];
      const [shared, trashed, own] = await Promise.all(['shared', 'trashed', 'own'].map(uploadPdf));
      const avatar = (await uploadFile(server, ada, await createPicture(9, 9), { purpose: 'avatar' })).body;
      await show(page.id, own.id);
      for (const { id } of [page, other]) await show(id, shared.id);
      await server.as(ada, 'DELETE', `/api/blocks/${(await show(page.id, trashed.id)).id}`);
      const avatarUrl = avatar.url.replace('http://localhost:3000', 'https://files.example.net');
      expect((await server.as(ada, 'PATCH', `/api/pages/${page.id}`, { avatarUrl })).status).toBe(200);
      const files = [shared, own, trashed, ...avatar.variants];
      const { etag } = Object.fromEntries((await server.get(toPath(own.url))).headers);

      await takeDown(page.id);
      const expectStatuses = (...statuses: number[]) =>
        expect.poll(() => statusesOf(files)).toEqual(statuses);
      await expectStatuses(200, 451, 451, 451, 451);
      const answer = await server.get(toPath(own.url), { headers: { 'if-none-match': etag ?? '' } });
      expect([answer.status, answer.body.code]).toEqual([451, 'TAKEN_DOWN']);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      const again = await uploadPdf('own');
      expect([again.url === own.url, await statusesOf([again])]).toEqual([false, [200]]);

      // Another page shows one of them later.
      await show(other.id, own.id);
      await settleAllWithheldFiles(server.app);
      await expectStatuses(200, 200, 451, 451, 451);

      await byAdmin('POST', `/pages/${page.id}/restore`);
      await expectStatuses(200, 200, 200, 200, 200);
    });

    it('back, if it is restored while it is taken down', async () => {
      const page = await createPage(ada);
      const file = await uploadPdf('often');
      await show(page.id, file.id);
      await takeDown(page.id);
      await Promise.all([
        times(30, () => settleAllWithheldFiles(server.app)),
        byAdmin('POST', `/pages/${page.id}/restore`),
      ]);
      await settleAllWithheldFiles(server.app);
      await expect.poll(() => statusesOf([file])).toEqual([200]);
    });

    it('for good, if they are deleted', async () => {
      const page = await createPage(ada);
      const file = await uploadPdf('gone');
      const block = await show(page.id, file.id);
      await takeDown(page.id);
      await expect.poll(() => statusesOf([file])).toEqual([451]);
      await server.as(ada, 'DELETE', `/api/blocks/${block.id}`);
      expect((await server.as(ada, 'DELETE', `/api/files/${file.id}`)).status).toBe(204);
      await sql`update stored_objects set touched_at = now() - interval '2 hours'`.execute(server.app.db);
      await deleteUnusedObjects(server.app);
      expect(await statusesOf([file])).toEqual([404]);
      const { rows } = await sql`select from withheld_objects w where not exists (
        select from file_variants v where v.object_key = w.object_key)`.execute(server.app.db);
      expect(rows).toEqual([]);
    });
  });

  it('for a legal order says so, in the language of the visitor', async () => {
    const { id, handle } = await createPage(ada);
    await takeDown(id, { reason: 'legal' });
    const { body } = await server.get(`/@${handle}`, { headers: { 'accept-language': 'de' } });
    expect(body).toContain('rechtlich');
  });

  it('cannot be brought back by its owner, in whatever way', async () => {
    const team = await createTeam(server, { owner: ada });
    const { id, handle } = await createPage(ada, { workspaceId: team });
    const other = await createPage(ada, { workspaceId: team });
    const link = await addBlock(id, { type: 'link', title: 'A', url: 'https://example.com/a' });
    const { publishedVersion } = (await server.as(ada, 'POST', `/api/pages/${id}/publish`)).body;
    const earlier = handle;
    const renamed = newHandle('mod');
    await server.as(ada, 'PATCH', `/api/pages/${id}`, { handle: renamed });
    await takeDown(id);

    const page = `/api/pages/${id}`;
    const refused = [
      ['POST', `${page}/publish`, {}],
      ['PATCH', page, { handle: newHandle('mod') }],
      ['POST', `${page}/transfer`, { workspaceId: ada.user.id }],
      ['POST', `${page}/duplicate`, { handle: newHandle('mod') }],
      ['POST', `${page}/preview-link`, {}],
      ['POST', '/api/templates', { pageId: id, name: 'Again' }],
      ['POST', `/api/blocks/${link.id}/transfer`, { pageId: other.id }],
    ] as const;
    for (const [method, path, body] of refused) {
      const answer = await server.as(ada, method, path, body);
      expect([path, answer.status, answer.body.code]).toEqual([path, 451, 'TAKEN_DOWN']);
    }
    expect((await createPage(ada, { handle: earlier, workspaceId: team })).code).toBe('HANDLE_TAKEN');
    const still = async () => expect(await statusOf(`/@${renamed}`)).toBe(451);

    await server.as(ada, 'PATCH', page, { published: false });
    expect(await statusOf(`/@${renamed}`)).toBe(404);
    expect((await server.as(ada, 'PATCH', page, { published: true })).body.code).toBe('TAKEN_DOWN');
    expect(await statusOf(`/@${renamed}`)).toBe(404);
    await server.app.db.updateTable('pages').set({ published: true }).where('id', '=', id).execute();
    for (const [method, path, body] of [
      ['PATCH', page, { title: 'Innocent', handle: renamed }],
      ['POST', `${page}/versions/${publishedVersion.id}/restore`, {}],
      ['DELETE', page, undefined],
    ] as const)
      expect((await server.as(ada, method, path, body)).status).toBeLessThan(300);
    expect((await createPage(ada, { handle: renamed, workspaceId: team })).code).toBe('HANDLE_TAKEN');
    const elsewhere = { handle: newHandle('mod') };
    expect((await server.as(ada, 'POST', `${page}/restore`, elsewhere)).body.code).toBe('TAKEN_DOWN');
    expect((await server.as(ada, 'POST', `${page}/restore`)).status).toBe(200);
    await still();
  });

  it('resolves its reports, tells the owners why, and can be appealed once', async () => {
    const bob = await signUpVerified(server);
    const { id, handle } = await createPage(bob);
    await report({ handle });
    await takeDown(id, { reason: 'fraud', note: 'It asks for passwords.' });
    expect((await byAdmin('POST', `/pages/${id}/take-down`, { reason: 'spam' })).body.code).toBe('CONFLICT');
    expect((await listReports(`pageId=${id}&status=acted`)).items).toHaveLength(1);
    const mail = await server.mailbox.waitFor(bob.email, 'taken down');
    expect(mail.text).toContain('deceives people');
    expect(mail.text).toContain('It asks for passwords.');
    const { items } = (await server.as(bob, 'GET', '/api/pages')).body;
    expect(items.find((one: { id: string }) => one.id === id).takedown).toEqual({
      reason: 'fraud',
      note: 'It asks for passwords.',
      takenDownAt: expect.any(String),
      appeal: null,
    });
    const events = (await server.as(bob, 'GET', '/api/me/security-events')).body.items;
    expect(events).toContainEqual(expect.objectContaining({ type: 'page_taken_down', byAdmin: true }));

    const appeal = (text: string) => server.as(bob, 'POST', `/api/pages/${id}/appeal`, { text });
    expect(tally(await times(30, () => appeal('They are gone')))).toEqual({ 200: 1, '409 CONFLICT': 29 });
    const [open] = (await byAdmin('GET', '/appeals')).body.items;
    expect(open).toMatchObject({ page: { id }, takedown: { appeal: { text: 'They are gone' } } });
    const decide = { decision: 'uphold', note: 'They are still there.' };
    const decisions = await times(30, () => byAdmin('POST', `/appeals/${open.id}/decide`, decide));
    expect(tally(decisions)).toEqual({ 200: 1, '409 CONFLICT': 29 });
    expect((await server.mailbox.waitFor(bob.email, 'declined')).text).toContain('They are still there.');
    expect((await appeal('Please')).body.code).toBe('CONFLICT');
    expect((await byAdmin('GET', '/appeals')).body.items).toEqual([]);

    await byAdmin('POST', `/pages/${id}/restore`, { note: 'Sorry' });
    await server.mailbox.waitFor(bob.email, 'back');
    expect((await appeal('Why?')).body.code).toBe('CONFLICT');
    expect((await byAdmin('GET', `/pages?name=${handle}`)).body.takedowns).toMatchObject([
      { restoredAt: expect.any(String), appeal: { decision: 'upheld' } },
    ]);
    expect((await byAdmin('POST', `/pages/${id}/restore`)).body.code).toBe('CONFLICT');
  });

  it('comes back when its appeal is granted', async () => {
    const { id, handle } = await createPage(ada);
    await takeDown(id);
    await server.as(ada, 'POST', `/api/pages/${id}/appeal`, { text: 'It is fine' });
    const [open] = (await byAdmin('GET', '/appeals')).body.items;
    const granted = await byAdmin('POST', `/appeals/${open.id}/decide`, { decision: 'grant' });
    expect(granted.body).toMatchObject({
      page: { takenDown: false },
      takedown: { appeal: { decision: 'granted' } },
    });
    expect(await statusOf(`/@${handle}`)).toBe(200);
    expect((await server.as(ada, 'GET', `/api/pages/${id}`)).body.takedown).toBeNull();
  });
});
