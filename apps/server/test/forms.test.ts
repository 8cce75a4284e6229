import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { dumpTables, newHandle, PASSWORD, times, usePerson, useTestServer } from './kit/index.ts';

const server = useTestServer({ env: { TRUST_PROXY: '127.0.0.1' } });
const ada = usePerson(server);

const FIELDS = [
  { field: 'email' },
  { field: 'name', required: false },
  { field: 'message', required: false },
];
type Made = { id: string; page: string; handle: string };
async function makeForm(data: object = {}, more: object = {}): Promise<Made> {
  const handle = newHandle('forms');
  const { body } = await server.as(ada, 'POST', '/api/pages', { handle, published: true });
  const page = `/api/pages/${body.id}`;
  const block = { type: 'form', title: 'Write to me', data: { fields: FIELDS, ...data }, ...more };
  const { id } = (await server.as(ada, 'POST', `${page}/blocks`, block)).body;
  return { id, page, handle };
}
let address = 0;
const asVisitor = () => ({ 'x-forwarded-for': `10.1.${Math.floor(address / 250)}.${(address += 1) % 250}` });
/** As a browser sends a form, from an address of its own. */
const send = (path: string, entries: Record<string, string>, headers: Record<string, string> = {}) =>
  server.call('POST', path, {
    body: new URLSearchParams(entries).toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      origin: 'http://localhost:3000',
      ...asVisitor(),
      ...headers,
    },
  });
const submit = (id: string, body: object) =>
  server.post(`/api/public/forms/${id}`, body, { headers: asVisitor() });
const submissionsOf = async ({ page }: Made) =>
  (await server.as(ada, 'GET', `${page}/submissions`)).body.items;
const newAddress = () => `visitor-${(address += 1)}-${Date.now()}@example.com`;
const mailsTo = async (email: string) => {
  const rows = await server.app.db
    .selectFrom('outbox')
    .select('payload')
    .where('topic', '=', 'mail.send')
    .execute();
  return rows
    .map(({ payload }) => payload as { to: string; tokenId: string })
    .filter(({ to }) => to === email);
};
const tokenTo = async (email: string) =>
  server.app.tokenDeriver.formToken((await mailsTo(email))[0]?.tokenId ?? '');

describe('a form', () => {
  it('is on the page, works without a script, and only for our own origin', async () => {
    const made = await makeForm({ confirmEmail: false, consent: 'You may answer.' });
    const answer = await server.get(`/@${made.handle}`);
    expect(answer.body).toContain(`<form method="post" action="/go/${made.id}/form"`);
    expect(answer.body).toContain('<label>Name (optional)<input type="text"');
    expect(answer.headers.get('content-security-policy')).toContain("form-action 'self'");
    const entries = { email: newAddress(), message: 'Hello', consent: 'yes' };
    expect(await send(`/go/${made.id}/form`, entries, { origin: 'https://evil.example' })).toMatchObject({
      status: 403,
      body: { code: 'CSRF_REJECTED' },
    });
    expect((await send(`/go/${made.id}/form`, entries)).body).toContain('Thank you');
    expect(await submissionsOf(made)).toMatchObject([
      {
        blockId: made.id,
        state: 'received',
        fields: { email: entries.email, message: 'Hello' },
        consent: 'You may answer.',
      },
    ]);
  });

  it('keeps what was entered beside its errors, as text', async () => {
    const made = await makeForm({ consent: 'I agree' });
    const { status, body } = await send(`/go/${made.id}/form`, {
      email: 'no"><script>',
      name: '<b>',
      message: 'Hi',
    });
    expect(status).toBe(422);
    expect(body).toContain('value="no&#34;&#62;&#60;script&#62;"');
    expect(body).toMatch(/aria-invalid="true" aria-describedby="(e-[\w-]+-email)".*id="\1"/);
    expect(body).toContain('Tick this box to go on');
    expect(body).not.toContain('<script>');
    expect(await submissionsOf(made)).toEqual([]);
  });

  it('counts after the address was confirmed by pressing a button, once', async () => {
    const made = await makeForm();
    const email = newAddress();
    expect((await send(`/go/${made.id}/form`, { email })).body).toContain('Check your inbox');
    expect(await submissionsOf(made)).toMatchObject([{ state: 'pending' }]);
    const token = await tokenTo(email);
    expect((await server.get(`/go/form/confirm?token=${token}`)).body).toContain('Confirm my address');
    expect(await submissionsOf(made)).toMatchObject([{ state: 'pending' }]);
    for (const { status } of await times(5, () => send('/go/form/confirm', { token })))
      expect(status).toBe(200);
    expect(await submissionsOf(made)).toMatchObject([
      { state: 'confirmed', confirmedAt: expect.any(String) },
    ]);
    expect((await send('/go/form/unsubscribe', { token })).body).toContain('You are unsubscribed');
    expect(await submissionsOf(made)).toEqual([]);
    expect((await send('/go/form/confirm', { token })).status).toBe(410);
    expect((await send('/go/form/confirm', { token: 'x' })).status).toBe(410);
  });

  it('answers the same for a known address, and sends no second mail', async () => {
    const made = await makeForm();
    const email = newAddress();
    const answers = await times(10, () => submit(made.id, { fields: { email } }));
    expect(new Set(answers.map(({ status, body }) => `${status} ${JSON.stringify(body)}`))).toEqual(
      new Set(['202 {"accepted":true,"confirm":true}']),
    );
    expect(await mailsTo(email)).toHaveLength(1);
    expect(await submissionsOf(made)).toHaveLength(1);
  });

  it('cannot flood a mailbox, however many forms there are', async () => {
    const email = newAddress();
    const forms = await Promise.all(Array.from({ length: 6 }, () => makeForm()));
    await Promise.all(forms.map(({ id }) => submit(id, { fields: { email } })));
    expect(await mailsTo(email)).toHaveLength(3);
  });

  it('is not deceived by a program that fills in every field', async () => {
    const made = await makeForm({ confirmEmail: false });
    const fields = { email: newAddress() };
    const bot = { fields, website: 'https://spam.example' };
    expect((await submit(made.id, bot)).status).toBe(202);
    expect(await submissionsOf(made)).toEqual([]);
  });

  it.each([
    ['fields.email', {}],
    ['fields.email', { email: 'a@b\r\nBcc: c@d.example' }],
    ['fields.email', { email: `${'a'.repeat(300)}@example.com` }],
    ['fields.message', { email: 'a@example.com', message: 'x'.repeat(2_001) }],
    ['fields.phone', { email: 'a@example.com', phone: 'call me' }],
  ])('refuses a wrong %s: %j', async (path, fields) => {
    const made = await makeForm({ fields: [...FIELDS, { field: 'phone', required: false }] });
    expect(await submit(made.id, { fields })).toMatchObject({
      status: 400,
      body: { errors: [{ path }] },
    });
  });

  it('behind a gate is sent to the host that showed it, which may be a custom domain', async () => {
    const { id, page } = await makeForm({ confirmEmail: false }, { gate: 'sensitive' });
    const [, confirm = ''] = /href="(\?confirm=[^"]*)"/.exec((await server.get(`/go/${id}`)).body) ?? [];
    const { body } = await server.get(`/go/${id}${confirm}`);
    expect(body).toContain(`<form method="post" action="../go/${id}/form"`);
    await server.as(ada, 'DELETE', page);
  });

  it('of a page that was taken down takes no confirmation, and entries can be deleted', async () => {
    const made = await makeForm();
    const email = newAddress();
    await submit(made.id, { fields: { email } });
    const token = await tokenTo(email);
    const takedown = { id: randomUUID(), page_id: made.page.split('/').at(-1) ?? '', reason: 'fraud' };
    await server.app.db.insertInto('page_takedowns').values(takedown).execute();
    const statuses = async (name: string) => [
      (await server.get(`/go/form/${name}?token=${token}`)).status,
      (await send(`/go/form/${name}`, { token })).status,
    ];
    expect(await statuses('confirm')).toEqual([451, 451]);
    expect(await submissionsOf(made)).toMatchObject([{ state: 'pending' }]);
    expect(await statuses('unsubscribe')).toEqual([200, 200]);
    expect(await submissionsOf(made)).toEqual([]);
    await server.as(ada, 'DELETE', made.page);
  });

  it('that visitors cannot see takes nothing', async () => {
    const made = await makeForm({}, { enabled: false });
    const fields = { email: newAddress() };
    expect((await submit(made.id, { fields })).status).toBe(404);
    expect((await send(`/go/${made.id}/form`, fields)).status).toBe(404);
  });
});

describe('submissions', () => {
  it('are exported as CSV without formulas', async () => {
    const made = await makeForm({ confirmEmail: false });
    const fields = { email: newAddress(), name: '=HYPERLINK("x")', message: 'a "b",\nc' };
    await submit(made.id, { fields });
    const { body, headers } = await server.as(ada, 'GET', `${made.page}/submissions/export`);
    expect(headers.get('content-type')).toContain('text/csv');
    expect(body).toContain(`"'=HYPERLINK(""x"")"`);
    expect(body).toContain('"a ""b"",\nc"');
  });

  it('are in the export of the account, until the page or the submission is deleted', async () => {
    const bob = await server.signUp();
    const [{ id: pageId }] = (await server.as(bob, 'GET', '/api/pages')).body.items;
    await server.as(bob, 'PATCH', `/api/pages/${pageId}`, { published: true });
    const hook = { url: 'http://localhost:9/', events: ['form.submitted'] };
    await server.as(bob, 'POST', '/api/webhooks', hook);
    const block = { type: 'form', title: 'Write', data: { fields: FIELDS, confirmEmail: false } };
    const { id: blockId } = (await server.as(bob, 'POST', `/api/pages/${pageId}/blocks`, block)).body;
    const emails = [newAddress(), newAddress()];
    for (const email of emails) await submit(blockId, { fields: { email } });
    const exported = async () =>
      (await server.as(bob, 'GET', '/api/me/export')).body.submissions as { id: string; fields: object }[];
    const stored = await exported();
    expect(stored).toMatchObject([
      { pageId, blockId, fields: { email: emails[1] } },
      { pageId, fields: { email: emails[0] } },
    ]);
    const path = `/api/pages/${pageId}/submissions/${stored[0]?.id}`;
    expect((await server.as(bob, 'DELETE', path)).status).toBe(204);
    expect(await exported()).toEqual([stored[1]]);
    const listTablesWith = async (email = '') =>
      (await dumpTables(server.app.db)).filter(({ text }) => text.includes(email)).map(({ name }) => name);
    expect(await listTablesWith(emails[1])).toEqual([]);
    expect((await listTablesWith(emails[0])).toSorted()).toEqual(['form_submissions', 'webhook_events']);
    expect((await server.as(bob, 'DELETE', '/api/me', { password: PASSWORD })).status).toBe(204);
    // Events of deleted workspaces are deleted by a scheduled job.
    expect(await listTablesWith(emails[0])).not.toContain('form_submissions');
  });

  it('are for members of the workspace', async () => {
    const made = await makeForm();
    const eve = await server.signUp();
    expect((await server.as(eve, 'GET', `${made.page}/submissions`)).status).toBe(404);
    expect((await server.as(eve, 'GET', `${made.page}/submissions/export`)).status).toBe(404);
  });
});
