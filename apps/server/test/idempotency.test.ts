import { endpoints } from '@linkgrove/api';
import { deleteExpiredAnswers } from '@linkgrove/api/jobs';
import { createClient } from '../../../packages/sdk/src/index.ts';
import { sql } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type Answer,
  createReferralKit,
  newHandle,
  PASSWORD,
  type SignedUp,
  signUpAdmin,
  tally,
  TERMS,
  times,
  useTestServer,
} from './kit/index.ts';

const server = useTestServer();
let ada: SignedUp;
beforeEach(async () => {
  ada = await server.signUp();
});

let keys = 0;
const newKey = () => `key-${(keys += 1)}`;
const send = (who: SignedUp, key: string, path: string, body: unknown): Promise<Answer> =>
  server.as(who, 'POST', path, body, { 'idempotency-key': key });
const createPage = (who: SignedUp, key: string, body: object = { handle: newHandle() }) =>
  send(who, key, '/api/pages', body);
const countPages = async (who: SignedUp): Promise<number> =>
  (await server.as(who, 'GET', '/api/pages')).body.items.length;
const listStored = ({ user }: SignedUp) =>
  server.app.db
    .selectFrom('idempotent_answers')
    .selectAll()
    .where('caller', '=', `user:${user.id}`)
    .execute();
const expireAnswers = ({ user }: SignedUp) =>
  server.app.db
    .updateTable('idempotent_answers')
    .set({ expires_at: sql<Date>`now()` })
    .where('caller', '=', `user:${user.id}`)
    .execute();
const toFacts = ({ status, body, headers }: Answer) => ({ status, body, etag: headers.get('etag') });

it('every POST that creates or spends honours the header, and the OpenAPI document shows it on those', async () => {
  const names = endpoints.filter(({ idempotent }) => idempotent).map(({ name }) => name);
  const creating = endpoints.filter(({ access, rest }) => access !== 'public' && rest.success === 201);
  const others = ['pages.import', 'rewards.redeem'];
  expect(names.toSorted()).toEqual([...creating.map(({ name }) => name), ...others].toSorted());
  type Operation = { operationId: string; parameters?: { name: string; in: string }[] };
  const document = (await server.get('/openapi.json')).body as { paths: Record<string, object> };
  const operations = Object.values(document.paths).flatMap((path): Operation[] => Object.values(path));
  const shown = operations.filter(({ parameters = [] }) =>
    parameters.some((parameter) => parameter.in === 'header' && parameter.name === 'Idempotency-Key'),
  );
  expect(shown.map(({ operationId }) => operationId).toSorted()).toEqual(names.toSorted());
});

describe('a repeat with the same key', () => {
  it('gets the first answer and creates nothing, whatever is created', async () => {
    const admin = await signUpAdmin(server);
    const page = (await createPage(admin, newKey())).body;
    const file = (await server.as(admin, 'GET', `/api/pages/${page.id}/export`)).body;
    const campaign = { name: 'A test', terms: TERMS };
    const draft = (await send(admin, newKey(), '/api/admin/referral-campaigns', campaign)).body;
    const calls: [path: string, body: object, status: number][] = [
      ['/api/pages', { handle: newHandle() }, 201],
      ['/api/page-imports', { handle: newHandle(), content: JSON.stringify(file) }, 200],
      ['/api/page-imports', { pageId: page.id, content: JSON.stringify(file) }, 200],
      [`/api/pages/${page.id}/blocks`, { type: 'heading', title: 'Hi' }, 201],
      ['/api/referral-links', { label: 'One' }, 201],
      ['/api/admin/referral-campaigns', campaign, 201],
      [`/api/admin/referral-campaigns/${draft.id}/versions`, { terms: TERMS }, 201],
    ];
    const countRows = async () =>
      (
        await sql`select (select count(*) from pages) as p, (select count(*) from blocks) as b,
          (select count(*) from referral_links) as l, (select count(*) from referral_campaign_versions) as c`.execute(
          server.app.db,
        )
      ).rows[0];
    for (const [path, body, status] of calls) {
      const key = newKey();
      const first = await send(admin, key, path, body);
      expect([path, first.status]).toEqual([path, status]);
      const rows = await countRows();
      expect(toFacts(await send(admin, key, path, body))).toEqual(toFacts(first));
      expect(await countRows()).toEqual(rows);
    }
  });

  it('gets the first answer although the object has changed since', async () => {
    const key = newKey();
    const body = { handle: newHandle() };
    const first = await createPage(ada, key, body);
    expect(first.headers.get('etag')).toBe('"1"');
    await server.as(ada, 'PATCH', `/api/pages/${first.body.id}`, { title: 'Changed' });
    expect(toFacts(await createPage(ada, key, body))).toEqual(toFacts(first));
  });

  it('is the same request over tRPC, and with its members in another order', async () => {
    const key = newKey();
    const handle = newHandle();
    const first = await createPage(ada, key, {
      handle,
      title: 'A',
      seo: { title: 'T', noindex: true },
    });
    const other = { seo: { noindex: true, title: 'T' }, title: 'A', handle };
    const { status, body } = await send(ada, key, '/trpc/pages.create', other);
    expect([first.status, status, body.result?.data]).toEqual([201, 200, first.body]);
    const batch = await send(ada, key, '/trpc/pages.create?batch=1', { 0: other });
    expect(batch.body[0].result.data).toEqual(first.body);
  });

  it('of 30 at once creates one page, and all get its answer', async () => {
    const key = newKey();
    const body = { handle: newHandle() };
    const answers = await times(30, () => createPage(ada, key, body));
    expect(tally(answers)).toEqual({ 201: 30 });
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    expect(await countPages(ada)).toBe(2);
  });

  it('answers 409 with Retry-After while the first is still running', async () => {
    const key = newKey();
    const body = { handle: newHandle() };
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { promise: held, resolve: hold } = Promise.withResolvers<void>();
    const holder = server.app.db.transaction().execute(async (trx) => {
      await trx.selectFrom('users').select('id').where('id', '=', ada.user.id).forUpdate().execute();
      hold();
      await released;
    });
    await held;
    const first = createPage(ada, key, body);
    const waiting = sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await expect.poll(async () => (await waiting.execute(server.app.db)).rows.length).toBe(1);
    const second = await createPage(ada, key, body);
    expect(second).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_IN_PROGRESS' } });
    expect(second.headers.get('retry-after')).toBe('1');
    release();
    await holder;
    expect(toFacts(await createPage(ada, key, body))).toEqual(toFacts(await first));
  });

  it('runs again once the answer has expired', async () => {
    const key = newKey();
    const body = { label: 'A link' };
    const first = await send(ada, key, '/api/referral-links', body);
    await expireAnswers(ada);
    const second = await send(ada, key, '/api/referral-links', body);
    expect(second.status).toBe(201);
    expect(second.body.id).not.toBe(first.body.id);
    expect((await send(ada, key, '/api/referral-links', body)).body).toEqual(second.body);
  });

  it('never spends again, even when the answer has expired', async () => {
    const kit = createReferralKit(server);
    await kit.bring(ada, 30);
    const first = await kit.redeem(ada, 'order-1');
    expect(first.status).toBe(200);
    await expireAnswers(ada);
    expect((await kit.redeem(ada, 'order-1')).body).toEqual(first.body);
    expect(await kit.balanceOf(ada)).toBe(first.body.balance);
  });
});

describe('a key', () => {
  it('refuses another body and another procedure, and changes nothing', async () => {
    const key = newKey();
    await createPage(ada, key);
    const mismatch = { status: 422, body: { code: 'IDEMPOTENCY_MISMATCH' } };
    expect(await createPage(ada, key)).toMatchObject(mismatch);
    expect(await send(ada, key, '/api/referral-links', {})).toMatchObject(mismatch);
    const { body: page } = await createPage(ada, newKey());
    const block = { type: 'heading', title: 'Hi' };
    const blockKey = newKey();
    await send(ada, blockKey, `/api/pages/${page.id}/blocks`, block);
    const other = (await createPage(ada, newKey())).body;
    expect(await send(ada, blockKey, `/api/pages/${other.id}/blocks`, block)).toMatchObject(mismatch);
    expect(await countPages(ada)).toBe(4);
  });

  it('belongs to one user', async () => {
    const key = newKey();
    const eve = await server.signUp();
    const first = await createPage(ada, key);
    const second = await createPage(eve, key);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(await server.call('POST', '/api/pages', { headers: { 'idempotency-key': key } })).toMatchObject({
      status: 401,
    });
  });

  it('is free again after a failure, which left nothing behind', async () => {
    const key = newKey();
    const taken = { handle: (await server.signUp()).username };
    expect(await createPage(ada, key, taken)).toMatchObject({ status: 409, body: { code: 'HANDLE_TAKEN' } });
    expect((await createPage(ada, key, { handle: 'admin' })).status).toBe(400);
    expect([await listStored(ada), await countPages(ada)]).toEqual([[], 1]);
    expect((await createPage(ada, key)).status).toBe(201);
  });

  it('must have 1 to 255 visible ASCII characters', async () => {
    for (const key of ['', 'two words', 'é', 'x'.repeat(256)]) {
      expect(await createPage(ada, key)).toMatchObject({
        status: 400,
        body: { code: 'VALIDATION_FAILED', errors: [{ path: 'Idempotency-Key' }] },
      });
    }
    for (const key of ['!', '~', 'x'.repeat(255)]) expect((await createPage(ada, key)).status).toBe(201);
  });

  it('is refused with a batch, of which nothing runs', async () => {
    const [one, other] = [{ handle: newHandle() }, { handle: newHandle() }];
    const { status, body } = await send(ada, newKey(), '/trpc/pages.create,pages.create?batch=1', {
      0: one,
      1: other,
    });
    expect([status, body.error.data.errors]).toEqual([
      400,
      [{ path: 'Idempotency-Key', message: 'Send one call per request, not a batch', code: 'batched' }],
    ]);
    expect(await countPages(ada)).toBe(1);
  });

  it('has no effect where nothing is created or spent', async () => {
    const headers = { 'idempotency-key': 'two words' };
    expect((await server.as(ada, 'PATCH', '/api/me', { displayName: 'Ada' }, headers)).status).toBe(200);
  });

  it('is an option of the SDK', async () => {
    const client = createClient({ url: server.url });
    await client.auth.login.mutate({ identifier: ada.email, password: PASSWORD });
    const context = { idempotencyKey: newKey() };
    const input = { handle: newHandle() };
    const first = await client.pages.create.mutate(input, { context });
    expect(await client.pages.create.mutate(input, { context })).toEqual(first);
    await expect(client.pages.create.mutate({ handle: newHandle() }, { context })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_MISMATCH',
      status: 422,
    });
  });
});

describe('a stored answer', () => {
  it('shows neither the key nor the answer to a reader of the database', async () => {
    const [key, handle] = ['order-from-ada', newHandle()];
    const first = await createPage(ada, key, { handle });
    const [row] = await listStored(ada);
    for (const bytes of [row?.key_hash, row?.request_hash, row?.answer])
      for (const text of [key, handle, first.body.id]) expect(bytes?.includes(text)).toBe(false);
  });

  it('exists only for requests with a key', async () => {
    await server.as(ada, 'POST', '/api/pages', { handle: newHandle() });
    expect(await listStored(ada)).toEqual([]);
  });

  it('is kept for 24 hours, and the worker deletes expired ones', async () => {
    await createPage(ada, newKey());
    const [row] = await listStored(ada);
    const hours = (Number(row?.expires_at) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(23);
    expect(hours).toBeLessThanOrEqual(24);
    await expireAnswers(ada);
    await createPage(ada, newKey());
    await sql`
      insert into idempotent_answers (caller, key_hash, request_hash, answer, expires_at)
      select caller, sha256(n::text::bytea), request_hash, answer, now() - interval '1 hour'
      from idempotent_answers, generate_series(1, 1500) n
      where caller = ${`user:${ada.user.id}`} and expires_at > now()`.execute(server.app.db);
    await deleteExpiredAnswers(server.app);
    expect(await listStored(ada)).toHaveLength(1);
  });

  it('is deleted with the account', async () => {
    await createPage(ada, newKey());
    expect((await server.as(ada, 'DELETE', '/api/me', { password: PASSWORD })).status).toBe(204);
    expect(await listStored(ada)).toEqual([]);
  });
});
