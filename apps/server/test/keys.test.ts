import { endpoints, subscriptions } from '@linkgrove/api';
import { SCOPES, type Scope } from '@linkgrove/api/access';
import { deleteOldKeys } from '@linkgrove/api/jobs';
import { generateApiKey } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import {
  addMember,
  type Answer,
  createTeam,
  dumpTables,
  markSuspended,
  markVerified,
  newHandle,
  problemOf,
  type SignedUp,
  startInstance,
  storeKey,
  useTestServer,
  useVerifiedPerson,
} from './kit/index.ts';

const server = useTestServer({ worker: true });
const ada = useVerifiedPerson(server);

const EVERY_SCOPE = Object.keys(SCOPES) as Scope[];
const DAY_MS = 86_400_000;

const createKey = (who: SignedUp, content: object = {}, headers: Record<string, string> = {}) =>
  server.as(who, 'POST', '/api/keys', { name: 'Deploy', scopes: ['pages:read'], ...content }, headers);

async function newKey(who: SignedUp, content: object = {}): Promise<{ id: string; key: string }> {
  const { status, body } = await createKey(who, content);
  if (status !== 201) throw new Error(`Creating a key answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

const withKey = (key: string, method: string, path: string, body?: unknown, headers = {}): Promise<Answer> =>
  server.call(method, path, { body, headers: { 'x-api-key': key, ...headers } });
const listPages = (key: string, headers = {}) => withKey(key, 'GET', '/api/pages', undefined, headers);
const outcomeOf = ({ status, body }: Answer) => (status < 300 ? 'done' : `${status} ${body.code}`);
const useKey = async (key: string) => outcomeOf(await listPages(key));

const change = (id: string, assignment: ReturnType<typeof sql>) =>
  sql`update api_keys set ${assignment} where id = ${id}`.execute(server.app.db);
const readRow = (id: string) =>
  server.app.db.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst();
const listEvents = async (who: SignedUp): Promise<string[]> =>
  (await server.as(who, 'GET', '/api/me/security-events')).body.items
    .map(({ type }: { type: string }) => type)
    .filter((type: string) => type.startsWith('key_'));

describe('a new key', () => {
  it('is shown once, with its name, scopes and start, and expires in a year', async () => {
    const { status, body } = await createKey(ada, { allowedNetworks: ['203.0.113.7'] });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.any(String),
      workspaceId: ada.user.id,
      createdBy: ada.user.id,
      name: 'Deploy',
      start: body.key.slice(0, 14),
      scopes: ['pages:read'],
      allowedNetworks: ['203.0.113.7/32'],
      expiresAt: expect.any(String),
      endsAt: null,
      lastUsedAt: null,
      createdAt: expect.any(String),
      key: expect.stringMatching(/^lg_live_[0-9A-Za-z]{49}$/),
    });
    expect(Math.round((Date.parse(body.expiresAt) - Date.now()) / DAY_MS)).toBe(365);
    const { items } = (await server.as(ada, 'GET', '/api/keys')).body;
    const { key: _, ...shown } = body;
    expect(items).toEqual([shown]);
  });

  it('works as X-Api-Key and as a bearer token, over REST and tRPC', async () => {
    const { key } = await newKey(ada);
    const bearer = { authorization: `Bearer ${key}` };
    for (const path of ['/api/pages', '/trpc/pages.list'])
      for (const headers of [{ 'x-api-key': key }, bearer, { ...bearer, 'x-api-key': key }])
        expect((await server.get(path, { headers })).status).toBe(200);
    const basic = { authorization: 'Basic c3RhZ2luZzpzdGFnaW5n', 'x-api-key': key };
    expect((await server.get('/api/pages', { headers: basic })).status).toBe(200);
  });

  it('can expire within two years, or never if that is asked for', async () => {
    const inYears = (years: number) => new Date(Date.now() + years * 365 * DAY_MS).toISOString();
    expect((await createKey(ada, { expiresAt: null })).body.expiresAt).toBeNull();
    expect((await createKey(ada, { expiresAt: inYears(2) })).status).toBe(201);
    for (const expiresAt of [inYears(2.1), inYears(-1), 'tomorrow', 7]) {
      const { status, body } = await createKey(ada, { expiresAt });
      expect([status, body.errors?.[0]?.path]).toEqual([400, 'expiresAt']);
    }
  });

  it.each([
    [{ scopes: [] }, 'scopes'],
    [{ scopes: ['pages:fly'] }, 'scopes.0'],
    [{ name: '' }, 'name'],
    [{ allowedNetworks: ['203.0.113.0/33'] }, 'allowedNetworks.0'],
    [{ allowedNetworks: ['0.0.0.0/0'] }, 'allowedNetworks.0'],
    [{ allowedNetworks: ['example.com'] }, 'allowedNetworks.0'],
    [{ workspaceId: 'mine' }, 'workspaceId'],
    [{ colour: 'red' }, 'colour'],
  ])('is refused with %j', async (wrong, path) => {
    const { status, body } = await createKey(ada, wrong);
    expect([status, body.code, body.errors[0].path]).toEqual([400, 'VALIDATION_FAILED', path]);
  });

  it('is made once for one Idempotency-Key', async () => {
    const again = { 'idempotency-key': 'one' };
    const [first, second] = [await createKey(ada, {}, again), await createKey(ada, {}, again)];
    expect(second.body).toEqual(first.body);
    expect((await server.as(ada, 'GET', '/api/keys')).body.items).toHaveLength(1);
  });

  it('is nowhere in the database, also not in mails and stored answers', async () => {
    const { body } = await createKey(ada, {}, { 'idempotency-key': 'secret' });
    await useKey(body.key);
    const rotated = await server.as(ada, 'POST', `/api/keys/${body.id}/rotate`, {});
    await server.mailbox.waitFor(ada.email, 'An API key was rotated');
    const dump = await dumpTables(server.app.db);
    for (const { key } of [body, rotated.body]) {
      expect(dump).not.toContain(key);
      expect(dump).not.toContain(key.slice(8, 40));
      expect(JSON.stringify(server.mailbox.received)).not.toContain(key.slice(0, 20));
    }
  });

  it('is one of at most a hundred', async () => {
    await Promise.all(Array.from({ length: 99 }, () => storeKey(server, ada, { scopes: ['pages:read'] })));
    const answers = await Promise.all(Array.from({ length: 5 }, () => createKey(ada)));
    expect(answers.map(outcomeOf).toSorted()).toEqual([
      ...Array.from({ length: 4 }, () => '422 LIMIT_REACHED'),
      'done',
    ]);
  });
});

describe('a wrong key', () => {
  it('is refused, and its detail says why', async () => {
    const [expired, revoked] = [await newKey(ada), await newKey(ada)];
    await change(expired.id, sql`expires_at = now() - interval '1 second'`);
    await change(revoked.id, sql`revoked_at = now()`);
    for (const [key, reason] of [
      ['', 'unknown'],
      ['nonsense', 'unknown'],
      [generateApiKey(), 'unknown'],
      [expired.key, 'expired'],
      [revoked.key, 'deleted'],
    ] as const) {
      const { status, body, headers } = await listPages(key);
      expect([status, body.code]).toEqual([401, 'INVALID_KEY']);
      expect(body.detail).toContain(reason);
      expect(headers.get('www-authenticate')).toContain('Bearer');
    }
  });

  it('is refused without a look in the database if its checksum is wrong', async () => {
    const { key } = await newKey(ada);
    const readMisses = async () =>
      /linkgrove_cache_reads_total\{cache="keys",result="miss"\} (\d+)/.exec(
        (await server.get('/metrics')).body,
      )?.[1];
    const before = await readMisses();
    expect(before).toBeDefined();
    const last = key.at(-1) === 'a' ? 'b' : 'a';
    expect(await useKey(`${key.slice(0, -1)}${last}`)).toBe('401 INVALID_KEY');
    expect(await readMisses()).toBe(before);
    expect(await useKey(key)).toBe('done');
    expect(await readMisses()).not.toBe(before);
  });

  it('is refused even where nobody has to sign in, and is never replaced by a cookie', async () => {
    const path = `/api/handles/${newHandle()}`;
    const { key } = await newKey(ada);
    expect((await withKey(key, 'GET', path)).status).toBe(200);
    expect(outcomeOf(await withKey('nonsense', 'GET', path))).toBe('401 INVALID_KEY');
    expect(outcomeOf(await listPages('nonsense', { cookie: ada.cookie }))).toBe('401 INVALID_KEY');
    const two = await server.get('/api/pages', { token: ada.token, headers: { 'x-api-key': 'nonsense' } });
    expect(outcomeOf(two)).toBe('401 INVALID_KEY');
  });
});

describe('scopes', () => {
  it('every procedure without one is closed to keys', async () => {
    const { key } = await storeKey(server, ada, { scopes: EVERY_SCOPE });
    const closed = endpoints.filter(({ access, scope }) => access !== 'public' && scope === undefined);
    expect(closed.length).toBeGreaterThan(20);
    for (const { name, procedure } of closed) {
      const method = procedure._def.type === 'query' ? 'GET' : 'POST';
      const answer = await withKey(key, method, `/trpc/${name}`, method === 'POST' ? {} : undefined);
      expect([name, answer.status, problemOf(answer).code]).toEqual([name, 403, 'INSUFFICIENT_SCOPE']);
      expect(problemOf(answer).detail).toContain('API keys cannot do this');
    }
  });

  it('a missing one is named', async () => {
    for (const endpoint of endpoints) {
      const { name, procedure, scope } = endpoint;
      if (scope === undefined) continue;
      const { key } = await storeKey(server, ada, { scopes: EVERY_SCOPE.filter((one) => one !== scope) });
      const method = procedure._def.type === 'query' ? 'GET' : 'POST';
      const answer = await withKey(key, method, `/trpc/${name}`, method === 'POST' ? {} : undefined);
      expect([name, answer.status, problemOf(answer).code]).toEqual([name, 403, 'INSUFFICIENT_SCOPE']);
      expect(problemOf(answer).detail).toContain(scope);
    }
  });

  it('the OpenAPI document names the scope of every operation, and which are closed to keys', async () => {
    type Operation = {
      operationId: string;
      security: Record<string, string[]>[];
      description?: string;
      'x-scope'?: string;
    };
    const { paths, components } = (await server.get('/openapi.json')).body;
    expect(components.securitySchemes.apiKey).toMatchObject({
      type: 'apiKey',
      in: 'header',
      name: 'X-Api-Key',
    });
    const operations = Object.values(paths as Record<string, Record<string, Operation>>).flatMap(
      Object.values,
    );
    for (const { operationId, security, description, 'x-scope': scope } of operations as Operation[]) {
      const endpoint = [...endpoints, ...subscriptions].find(({ name }) => name === operationId);
      expect([operationId, scope]).toEqual([operationId, endpoint?.scope]);
      expect(security.some(({ apiKey }) => apiKey !== undefined)).toBe(scope !== undefined);
      if (endpoint?.access !== 'public')
        expect(description).toContain(endpoint?.scope ?? 'Closed to API keys');
    }
  });

  it('of a person can be given to keys of a personal workspace only', async () => {
    const team = await createTeam(server, { owner: ada });
    for (const scope of ['referrals:read', 'rewards:read', 'rewards:write']) {
      const { status, body } = await createKey(ada, { workspaceId: team, scopes: ['pages:read', scope] });
      expect([status, body.errors?.[0]?.path]).toEqual([400, 'scopes.1']);
    }
    const { id } = await newKey(ada, { workspaceId: team });
    const { body } = await server.as(ada, 'PATCH', `/api/keys/${id}`, { scopes: ['rewards:read'] });
    expect(body.errors?.[0]?.path).toBe('scopes.0');
    const { key } = await newKey(ada, { scopes: ['referrals:read', 'rewards:read'] });
    expect((await withKey(key, 'GET', '/api/referral-stats')).body.visits).toBe(0);
    expect((await withKey(key, 'GET', '/api/rewards')).body.balance).toBe(0);
    expect((await withKey(key, 'GET', '/api/referral-links')).body.items).toHaveLength(1);
    expect(outcomeOf(await withKey(key, 'POST', '/api/rewards/redeem', { item: 'x' }))).toBe(
      '403 INSUFFICIENT_SCOPE',
    );
  });
});

describe('a key acts in its workspace', () => {
  it('and nothing else is there', async () => {
    const team = await createTeam(server, { owner: ada });
    const { key } = await newKey(ada, {
      workspaceId: team,
      scopes: ['pages:read', 'pages:write', 'workspace:read'],
    });
    const made = await withKey(key, 'POST', '/api/pages', { handle: newHandle() });
    expect([made.status, made.body.workspaceId]).toEqual([201, team]);
    expect((await listPages(key)).body.items.map(({ id }: { id: string }) => id)).toEqual([made.body.id]);
    expect((await withKey(key, 'GET', '/api/workspaces')).body.items).toMatchObject([{ id: team }]);
    const [own] = (await server.as(ada, 'GET', `/api/pages?workspaceId=${ada.user.id}`)).body.items;
    for (const [method, path, body] of [
      ['GET', `/api/pages/${own.id}`],
      ['PATCH', `/api/pages/${own.id}`, { title: 'Taken over' }],
      ['POST', `/api/pages/${own.id}/blocks`, { type: 'heading', title: 'x' }],
      ['GET', `/api/pages?workspaceId=${ada.user.id}`],
      ['POST', '/api/pages', { workspaceId: ada.user.id, handle: newHandle() }],
      ['GET', `/api/workspaces/${ada.user.id}`],
    ] as const)
      expect([path, outcomeOf(await withKey(key, method, path, body))]).toEqual([path, '404 NOT_FOUND']);
  });

  it('with the current role of the person who made it', async () => {
    const [owner, team] = [await server.signUp(), await createTeam(server, {})];
    await addMember(server, team, owner, 'owner');
    await addMember(server, team, ada, 'admin');
    const { key } = await newKey(ada, { workspaceId: team, scopes: ['pages:read', 'pages:write'] });
    const write = () => withKey(key, 'POST', '/api/pages', { handle: newHandle() });
    expect(outcomeOf(await write())).toBe('done');
    const setOwnRole = (role: string) =>
      server.as(owner, 'PATCH', `/api/workspaces/${team}/members/${ada.user.id}`, { role });
    await setOwnRole('viewer');
    expect(outcomeOf(await write())).toBe('403 ROLE_REQUIRED');
    expect(await useKey(key)).toBe('done');
    await setOwnRole('editor');
    expect(outcomeOf(await write())).toBe('done');
  });

  it('until that person leaves it, for ever', async () => {
    const team = await createTeam(server, { owner: await server.signUp(), admin: ada });
    const { id, key } = await newKey(ada, { workspaceId: team });
    expect(await useKey(key)).toBe('done');
    await server.as(ada, 'DELETE', `/api/workspaces/${team}/members/${ada.user.id}`);
    expect(await readRow(id)).toBeUndefined();
    await addMember(server, team, ada, 'admin');
    const later = await startInstance(server.databaseUrl);
    expect(outcomeOf(await later.get('/api/pages', { token: key }))).toBe('401 INVALID_KEY');
    await later.close();
  });

  it('while the person is not suspended and the workspace is not deleted', async () => {
    const team = await createTeam(server, { owner: ada });
    const { key } = await newKey(ada, { workspaceId: team });
    const askElsewhere = async () => {
      const other = await startInstance(server.databaseUrl);
      const answer = await other.get('/api/pages', { token: key });
      await other.close();
      return outcomeOf(answer);
    };
    await server.as(ada, 'DELETE', `/api/workspaces/${team}`);
    expect(await askElsewhere()).toBe('401 INVALID_KEY');
    await server.as(ada, 'POST', `/api/workspaces/${team}/restore`);
    expect(await askElsewhere()).toBe('done');
    await markSuspended(server, ada);
    expect(await askElsewhere()).toBe('401 INVALID_KEY');
  });

  it('and goes with the account, as do the answers that were kept for it', async () => {
    const { id, key } = await newKey(ada, { scopes: ['pages:write'] });
    const made = await withKey(
      key,
      'POST',
      '/api/pages',
      { handle: newHandle() },
      { 'idempotency-key': 'a' },
    );
    expect(made.status).toBe(201);
    const kept = () =>
      server.app.db
        .selectFrom('idempotent_answers')
        .select('caller')
        .where('caller', '=', `key:${id}`)
        .execute();
    expect(await kept()).toHaveLength(1);
    await server.as(ada, 'DELETE', '/api/me', { password: 'correct-horse-battery' });
    expect([await kept(), await readRow(id)]).toEqual([[], undefined]);
  });
});

describe('keys are managed', () => {
  it('by owners and admins in a session, and never by a key', async () => {
    const [admin, editor, stranger] = [await server.signUp(), await server.signUp(), await server.signUp()];
    const team = await createTeam(server, { owner: ada, admin, editor });
    const { id } = await newKey(admin, { workspaceId: team });
    expect(outcomeOf(await createKey(editor, { workspaceId: team }))).toBe('403 ROLE_REQUIRED');
    expect(outcomeOf(await createKey(stranger, { workspaceId: team }))).toBe('404 NOT_FOUND');
    const calls = [
      ['PATCH', `/api/keys/${id}`, { name: 'Mine' }],
      ['POST', `/api/keys/${id}/rotate`, {}],
      ['DELETE', `/api/keys/${id}`, undefined],
    ] as const;
    for (const [method, path, body] of calls) {
      expect(outcomeOf(await server.as(editor, method, path, body))).toBe('403 ROLE_REQUIRED');
      expect(outcomeOf(await server.as(stranger, method, path, body))).toBe('404 NOT_FOUND');
      expect(outcomeOf(await server.as(ada, method, path, body))).toBe('done');
    }
  });

  it('by changing name, scopes, expiry and networks, which shows at once', async () => {
    const { id, key } = await newKey(ada);
    expect(await useKey(key)).toBe('done');
    const patch = (body: object) => server.as(ada, 'PATCH', `/api/keys/${id}`, body);
    const { body } = await patch({
      name: 'Later',
      scopes: ['workspace:read', 'workspace:read'],
      expiresAt: null,
    });
    expect(body).toMatchObject({ name: 'Later', scopes: ['workspace:read'], expiresAt: null });
    expect(body).not.toHaveProperty('key');
    expect(await useKey(key)).toBe('403 INSUFFICIENT_SCOPE');
    expect((await patch({})).body).toEqual({ ...body, lastUsedAt: expect.anything() });
    await patch({ scopes: ['pages:read'], allowedNetworks: ['198.51.100.9/24', '2001:db8::1'] });
    expect(await readRow(id)).toMatchObject({ allowed_networks: ['198.51.100.0/24', '2001:db8::1/128'] });
    expect(await useKey(key)).toBe('403 FORBIDDEN');
    await patch({ allowedNetworks: [] });
    expect(await useKey(key)).toBe('done');
  });

  it('by deleting them, which ends them at once here and within a second elsewhere', async () => {
    const other = await startInstance(server.databaseUrl);
    const { id, key } = await newKey(ada);
    const useElsewhere = async () => outcomeOf(await other.get('/api/pages', { token: key }));
    expect([await useKey(key), await useElsewhere()]).toEqual(['done', 'done']);
    expect((await server.as(ada, 'DELETE', `/api/keys/${id}`)).status).toBe(204);
    const start = performance.now();
    expect(await useKey(key)).toBe('401 INVALID_KEY');
    while ((await useElsewhere()) === 'done') if (performance.now() - start > 5_000) break;
    expect(await useElsewhere()).toBe('401 INVALID_KEY');
    expect((await server.as(ada, 'GET', '/api/keys')).body.items).toEqual([]);
    expect((await server.as(ada, 'DELETE', `/api/keys/${id}`)).status).toBe(404);
    await other.close();
  });

  it('until they are forgotten thirty days after their end', async () => {
    const [old, recent, live] = [await newKey(ada), await newKey(ada), await newKey(ada)];
    await change(old.id, sql`revoked_at = now() - interval '31 days'`);
    await change(recent.id, sql`expires_at = now() - interval '29 days'`);
    await deleteOldKeys(server.app);
    expect(await readRow(old.id)).toBeUndefined();
    expect(await readRow(recent.id)).toBeDefined();
    expect(await readRow(live.id)).toBeDefined();
  });

  it('and named in the export of the account, without the keys themselves', async () => {
    const { id, key } = await newKey(ada);
    const { body } = await server.as(ada, 'GET', '/api/me/export');
    expect(body.apiKeys).toMatchObject([{ id, name: 'Deploy' }]);
    expect(JSON.stringify(body)).not.toContain(key.slice(8));
  });
});

describe('a rotation', () => {
  const rotate = (id: string, body: object = {}) => server.as(ada, 'POST', `/api/keys/${id}/rotate`, body);

  it('makes a key of the same kind, and leaves the old one a day', async () => {
    const old = await newKey(ada, { allowedNetworks: ['127.0.0.1'] });
    const { status, body } = await rotate(old.id);
    expect(status).toBe(201);
    expect(body).toMatchObject({ name: 'Deploy', scopes: ['pages:read'], allowedNetworks: ['127.0.0.1/32'] });
    expect([await useKey(old.key), await useKey(body.key)]).toEqual(['done', 'done']);
    const [newer, older] = (await server.as(ada, 'GET', '/api/keys')).body.items;
    expect([newer.id, older.id, newer.endsAt]).toEqual([body.id, old.id, null]);
    expect(Math.round((Date.parse(older.endsAt) - Date.now()) / 3_600_000)).toBe(24);
    expect(Math.round((Date.parse(body.expiresAt) - Date.now()) / DAY_MS)).toBe(365);
    expect(outcomeOf(await rotate(old.id))).toBe('409 CONFLICT');
    await change(old.id, sql`ends_at = now()`);
    server.app.cache('keys').invalidate(Buffer.from((await readRow(old.id))?.hash ?? '').toString('base64'));
    expect(await useKey(old.key)).toBe('401 INVALID_KEY');
  });

  it.each([['0'], [0], ['0s']])('with the grace %j ends the old key at once', async (grace) => {
    const old = await newKey(ada);
    expect(await useKey(old.key)).toBe('done');
    const { body } = await rotate(old.id, { grace });
    expect([await useKey(old.key), await useKey(body.key)]).toEqual(['401 INVALID_KEY', 'done']);
  });

  it('leaves the old key seven days at most', async () => {
    const { id } = await newKey(ada);
    for (const grace of ['8d', '169h', 'soon', '', -1, 1.5, null]) {
      const { status, body } = await rotate(id, { grace });
      expect([grace, status, body.errors?.[0]?.path]).toEqual([grace, 400, 'grace']);
    }
    expect((await rotate(id, { grace: '7d' })).status).toBe(201);
  });

  it('happens once when thirty ask at once', async () => {
    const { id } = await newKey(ada);
    const outcomes = (await Promise.all(Array.from({ length: 30 }, () => rotate(id)))).map(outcomeOf);
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === '409 CONFLICT')).toHaveLength(29);
  });

  it('makes a key of the person who rotates', async () => {
    const admin = await server.signUp();
    const team = await createTeam(server, { owner: ada, admin });
    const { id } = await newKey(ada, { workspaceId: team });
    const { body } = await server.as(admin, 'POST', `/api/keys/${id}/rotate`, {});
    expect(body.createdBy).toBe(admin.user.id);
  });
});

describe('people are told', () => {
  it('by mail and security event when a key is made, rotated and deleted', async () => {
    const { id, key } = await newKey(ada);
    const { body } = await server.as(ada, 'POST', `/api/keys/${id}/rotate`, {});
    await server.as(ada, 'DELETE', `/api/keys/${body.id}`);
    expect(await listEvents(ada)).toEqual(['key_revoked', 'key_rotated', 'key_created']);
    for (const [subject, start] of [
      ['An API key was created', key],
      ['An API key was rotated', key],
      ['An API key was deleted', body.key],
    ] as const) {
      const mail = await server.mailbox.waitFor(ada.email, subject);
      expect(mail.text).toContain(start.slice(0, 14));
    }
  });

  it('also when somebody else deletes their key', async () => {
    const admin = await server.signUp();
    await markVerified(server, admin);
    const team = await createTeam(server, { owner: ada, admin });
    const { id } = await newKey(admin, { workspaceId: team });
    await server.as(ada, 'DELETE', `/api/keys/${id}`);
    await server.mailbox.waitFor(admin.email, 'An API key was deleted');
    expect(await listEvents(admin)).toEqual(['key_revoked', 'key_created']);
    expect(await listEvents(ada)).toEqual([]);
  });
});

describe('the last use', () => {
  it('is stored, and at most once a minute', async () => {
    const { id, key } = await newKey(ada);
    const readLastUse = async () => (await readRow(id))?.last_used_at?.getTime();
    await useKey(key);
    await expect.poll(readLastUse).toBeGreaterThan(Date.now() - 60_000);
    const recent = new Date(Date.now() - 50_000);
    await change(id, sql`last_used_at = ${recent}`);
    const other = await startInstance(server.databaseUrl);
    await other.get('/api/pages', { token: key });
    await other.close();
    expect(await readLastUse()).toBe(recent.getTime());
    await change(id, sql`last_used_at = now() - interval '61 seconds'`);
    const third = await startInstance(server.databaseUrl);
    await third.get('/api/pages', { token: key });
    await expect.poll(readLastUse).toBeGreaterThan(recent.getTime());
    await third.close();
  });
});

describe('the origin check', () => {
  const foreign = { origin: 'https://elsewhere.example' };

  it('does not apply to a key without a cookie', async () => {
    const { key } = await newKey(ada, { scopes: ['pages:write'] });
    const body = { handle: newHandle() };
    expect((await withKey(key, 'POST', '/api/pages', body, foreign)).status).toBe(201);
    const bearer = { authorization: `Bearer ${key}`, 'sec-fetch-site': 'cross-site' };
    const other = await server.post('/trpc/pages.create', { handle: newHandle() }, { headers: bearer });
    expect(other.status).toBe(200);
  });

  it('applies to a key with a cookie, and to everything else', async () => {
    const { key } = await newKey(ada, { scopes: ['pages:write'] });
    const body = { handle: newHandle() };
    const withCookie = await withKey(key, 'POST', '/api/pages', body, { ...foreign, cookie: ada.cookie });
    expect(outcomeOf(withCookie)).toBe('403 CSRF_REJECTED');
    const session = await server.post('/api/pages', body, { token: ada.token, headers: foreign });
    expect(outcomeOf(session)).toBe('403 CSRF_REJECTED');
  });
});
