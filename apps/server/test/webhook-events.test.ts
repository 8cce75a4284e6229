import { EVENTS, type EventType } from '@linkgrove/api/testing';
import { describe, expect, it } from 'vitest';
import {
  BROWSER,
  createHook,
  createReferralKit,
  eventually,
  newHandle,
  type Received,
  type Receiver,
  type SignedUp,
  signUpAdmin,
  startReceiver,
  useTestServer,
} from './kit/index.ts';
import { z } from 'zod';

/** The operator's personal workspace, whose ID is the user's. */
const PLATFORM = '01979e8f-5a2b-7c31-9d4e-8f1a2b3c4d5e';

const server = useTestServer({ worker: true, env: { PLATFORM_WORKSPACE_ID: PLATFORM } });

/** Waits for an event of a type and checks it against the catalogue, unknown members included. */
async function nextOf(receiver: Receiver, type: EventType, count = 1): Promise<Received['event']> {
  const one = await eventually(() => receiver.ofType(type)[count - 1]);
  const body = z.strictObject({
    type: z.literal(type),
    timestamp: z.iso.datetime(),
    data: EVENTS[type].data.strict(),
  });
  body.parse(one.event);
  return one.event.data;
}

const verify = async ({ email }: SignedUp) =>
  server.post('/api/verify-email', { token: await server.readMailedToken(email, 'Verify') });

async function listen(who: SignedUp, overrides: object = {}): Promise<Receiver> {
  const receiver = await startReceiver();
  await createHook(server, who, receiver.url, overrides);
  return receiver;
}

describe('the events of pages', () => {
  it('tell of every change, in order', async () => {
    const ada = await server.signUp();
    const receiver = await listen(ada);
    const { id, version } = (await server.as(ada, 'GET', '/api/pages')).body.items[0];
    const page = `/api/pages/${id}`;
    await server.as(ada, 'PATCH', page, { title: 'New', published: true });
    const updated = await nextOf(receiver, 'page.updated');
    expect(updated).toMatchObject({ id, title: 'New', changed: ['title'], version: version + 1 });
    expect(await nextOf(receiver, 'page.published')).toMatchObject({
      id,
      workspaceId: ada.user.id,
      published: true,
      url: `http://localhost:3000/@${ada.username}`,
    });
    await server.as(ada, 'POST', `${page}/blocks`, { type: 'heading', title: 'x' });
    expect(await nextOf(receiver, 'page.updated', 2)).toMatchObject({ changed: ['blocks'] });
    await server.as(ada, 'PATCH', page, { published: false });
    expect(await nextOf(receiver, 'page.unpublished')).toMatchObject({ published: false });
    await server.as(ada, 'DELETE', page);
    expect(await nextOf(receiver, 'page.deleted')).toMatchObject({ id });
    await server.as(ada, 'POST', `${page}/restore`);
    expect(await nextOf(receiver, 'page.updated', 3)).toMatchObject({ changed: ['deletedAt'] });
    expect(receiver.received.map(({ event }) => event.type)).toEqual(
      ['updated', 'published', 'updated', 'unpublished', 'deleted', 'updated'].map((verb) => `page.${verb}`),
    );
  });

  it('tell only of what visitors see, if the page has manual publishing', async () => {
    const ada = await server.signUp();
    const { id } = (await server.as(ada, 'GET', '/api/pages')).body.items[0];
    const page = `/api/pages/${id}`;
    await server.as(ada, 'PATCH', page, { published: true, publishing: 'manual' });
    const receiver = await listen(ada);
    await server.as(ada, 'PATCH', page, { title: 'New', bio: 'Words' });
    await server.as(ada, 'POST', `${page}/blocks`, { type: 'heading', title: 'x' });
    await server.as(ada, 'POST', `${page}/discard-draft`);
    await server.as(ada, 'POST', `${page}/publish`);
    await server.as(ada, 'PATCH', page, { title: 'Newer' });
    await server.as(ada, 'POST', `${page}/blocks`, { type: 'heading', title: 'x' });
    await server.as(ada, 'POST', `${page}/publish`);
    expect(await nextOf(receiver, 'page.updated')).toMatchObject({
      title: 'Newer',
      changed: ['title', 'blocks'],
    });
    await server.as(ada, 'PATCH', page, { published: false });
    await nextOf(receiver, 'page.unpublished');
    expect(receiver.received.map(({ event }) => event.type)).toEqual(['page.updated', 'page.unpublished']);
  });

  it('tell both workspaces of a page that moves', async () => {
    const ada = await server.signUp();
    const team = (await server.as(ada, 'POST', '/api/workspaces', { name: 'Team' })).body.id;
    const [personal, shared] = [await listen(ada), await listen(ada, { workspaceId: team })];
    const { body } = await server.as(ada, 'POST', '/api/pages', { handle: newHandle() });
    await server.as(ada, 'POST', `/api/pages/${body.id}/transfer`, { workspaceId: team });
    for (const receiver of [personal, shared]) {
      const data = await nextOf(receiver, 'page.updated');
      expect(data).toMatchObject({ id: body.id, workspaceId: team, changed: ['workspaceId'] });
    }
  });
});

describe('the events of clicks', () => {
  it('add up what was clicked on a page, without the clicks that analytics leaves out', async () => {
    const ada = await server.signUp();
    const { id } = (await server.as(ada, 'GET', '/api/pages')).body.items[0];
    await server.as(ada, 'PATCH', `/api/pages/${id}`, { published: true });
    const addBlock = async (): Promise<string> => {
      const block = { type: 'link', title: 'Essay', url: 'https://example.com/essay' };
      return (await server.as(ada, 'POST', `/api/pages/${id}/blocks`, block)).body.id;
    };
    const [often, once] = [await addBlock(), await addBlock()];
    const [receiver, deaf] = [await listen(ada), await listen(ada, { events: ['page.updated'] })];
    const click = (block: string, agent = BROWSER) =>
      server.get(`/go/${block}`, { headers: { 'user-agent': agent } });
    for (const block of [often, once, often, often]) expect((await click(block)).status).toBe(302);
    await click(once, 'Googlebot/2.1');
    await server.app.recorder.settle();
    const data = () => receiver.ofType('block.clicked').map(({ event }) => event.data);
    await eventually(() => data().reduce((sum, { clicks }) => sum + clicks, 0) === 4);
    expect(await nextOf(receiver, 'block.clicked')).toMatchObject({ pageId: id, workspaceId: ada.user.id });
    const sums: Record<string, number> = {};
    for (const { blocks } of data())
      for (const block of blocks) sums[block.id] = (sums[block.id] ?? 0) + block.clicks;
    expect(sums).toEqual({ [often]: 3, [once]: 1 });
    expect(deaf.received).toEqual([]);
  });
});

describe('the events of members', () => {
  it('tell who joined and who left', async () => {
    const [ada, bob] = [await server.signUp(), await server.signUp()];
    await verify(ada);
    await verify(bob);
    const team = (await server.as(ada, 'POST', '/api/workspaces', { name: 'Team' })).body.id;
    const receiver = await listen(ada, { workspaceId: team });
    await server.as(ada, 'POST', `/api/workspaces/${team}/invitations`, { email: bob.email, role: 'editor' });
    const token = await server.readMailedToken(bob.email, 'invited');
    const accept = () => server.as(bob, 'POST', '/api/invitations/accept', { token });
    await accept();
    const member = { workspaceId: team, userId: bob.user.id, username: bob.username, role: 'editor' };
    expect(await nextOf(receiver, 'member.joined')).toEqual(member);
    const removed = await server.as(ada, 'DELETE', `/api/workspaces/${team}/members/${bob.user.id}`);
    expect(removed.status).toBe(204);
    expect(await nextOf(receiver, 'member.left')).toEqual(member);
  });

  it('tell that a member deleted the account', async () => {
    const [ada, bob] = [await server.signUp(), await server.signUp()];
    const team = (await server.as(ada, 'POST', '/api/workspaces', { name: 'Team' })).body.id;
    await server.app.db
      .insertInto('workspace_members')
      .values({ workspace_id: team, user_id: bob.user.id, role: 'viewer' })
      .execute();
    const receiver = await listen(ada, { workspaceId: team });
    await server.as(bob, 'DELETE', '/api/me', { password: 'correct-horse-battery' });
    expect(await nextOf(receiver, 'member.left')).toMatchObject({ userId: bob.user.id, role: 'viewer' });
  });
});

describe('the events of API keys', () => {
  it('tell that a key was made, replaced and deleted, and never contain it', async () => {
    const ada = await server.signUp();
    const receiver = await listen(ada);
    const made = (await server.as(ada, 'POST', '/api/keys', { name: 'Deploy', scopes: ['pages:read'] })).body;
    const { id, workspaceId, createdBy, name, start, scopes, expiresAt } = made;
    const event = { id, workspaceId, createdBy, name, start, scopes, expiresAt };
    expect(await nextOf(receiver, 'key.created')).toEqual({ ...event, endsAt: null });
    const next = (await server.as(ada, 'POST', `/api/keys/${id}/rotate`, { grace: '1h' })).body;
    const { endsAt } = (await server.as(ada, 'GET', '/api/keys')).body.items[1];
    expect(await nextOf(receiver, 'key.revoked')).toEqual({ ...event, endsAt });
    expect(await nextOf(receiver, 'key.created', 2)).toMatchObject({ id: next.id, endsAt: null });
    await server.as(ada, 'DELETE', `/api/keys/${next.id}`);
    const { id: revoked, endsAt: ended } = await nextOf(receiver, 'key.revoked', 2);
    expect([revoked, Date.parse(ended) <= Date.now()]).toEqual([next.id, true]);
    for (const { body } of receiver.received) {
      expect(body).not.toContain(made.key);
      expect(body).not.toContain(next.key);
    }
  });
});

describe('the events of referrals and rewards', () => {
  it('go to the referrer, and never contain the address of the referred person', async () => {
    const ada = await server.signUp();
    const receiver = await listen(ada);
    const bob = await server.signUp({ referralCode: ada.user.referralCode });
    expect(await nextOf(receiver, 'referral.created')).toMatchObject({
      username: bob.username,
      qualifiedAt: null,
      link: { code: ada.user.referralCode },
      source: 'link',
      page: null,
    });
    const admin = await signUpAdmin(server);
    const { id } = await nextOf(receiver, 'referral.created');
    await server.as(admin, 'POST', `/api/admin/referrals/${id}/approve`, { reason: 'A test' });
    await verify(bob);
    expect(await nextOf(receiver, 'referral.successful')).toMatchObject({ id, status: 'successful' });
    const reward = await nextOf(receiver, 'reward.granted');
    expect(reward).toMatchObject({ role: 'referrer', credits: 10, referralId: id, milestone: null });
    await server.as(admin, 'POST', `/api/admin/referrals/${id}/reverse`, { reason: 'A test' });
    expect(await nextOf(receiver, 'referral.reversed')).toMatchObject({ id, status: 'rejected' });
    expect(await nextOf(receiver, 'reward.reversed')).toEqual(reward);

    const kit = createReferralKit(server);
    const [page] = (await server.as(ada, 'GET', '/api/pages')).body.items;
    const cookie = await kit.visitCookie(`${ada.user.referralCode}?page=${page.id}`);
    const carol = await kit.signUp({}, { cookie });
    const byPage = await nextOf(receiver, 'referral.created', 2);
    const found = { source: 'page', page: { id: page.id, handle: page.handle } };
    expect(byPage).toMatchObject(found);
    const other = byPage.id;
    await server.as(admin, 'POST', `/api/admin/referrals/${other}/reject`, { reason: 'A test' });
    expect(await nextOf(receiver, 'referral.rejected')).toMatchObject({
      id: other,
      status: 'rejected',
      ...found,
    });
    for (const { body } of receiver.received) {
      expect(body).not.toContain(bob.email);
      expect(body).not.toContain(carol.email);
    }
  });
});

describe('the events of users', () => {
  it('go to the workspace of the operator only', async () => {
    const operator = await server.signUp();
    const team = await createPlatformWorkspace(operator);
    const [platform, own] = [await listen(operator, { workspaceId: team }), await listen(operator)];
    const bob = await server.signUp();
    const { id, username, email, createdAt } = bob.user;
    expect(await nextOf(platform, 'user.created')).toEqual({ id, username, email, createdAt });
    await verify(bob);
    expect(await nextOf(platform, 'user.verified')).toEqual({ id, username, email, createdAt });
    expect(own.received).toEqual([]);
    await server.as(bob, 'DELETE', '/api/me', { password: 'correct-horse-battery' });
    const kept = await server.app.db.selectFrom('webhook_events').select('body').execute();
    expect(kept.filter(({ body }) => body.includes(email))).toEqual([]);
  });
});

async function createPlatformWorkspace(owner: SignedUp): Promise<string> {
  const team = { id: PLATFORM, kind: 'team' as const, name: 'Platform', slug: 'platform' };
  await server.app.db.insertInto('workspaces').values(team).execute();
  const member = { workspace_id: PLATFORM, user_id: owner.user.id, role: 'owner' as const };
  await server.app.db.insertInto('workspace_members').values(member).execute();
  return PLATFORM;
}

describe('a workspace without an endpoint for a type', () => {
  it('stores nothing', async () => {
    const ada = await server.signUp();
    await listen(ada, { events: ['member.left'] });
    const { id } = (await server.as(ada, 'GET', '/api/pages')).body.items[0];
    await server.as(ada, 'PATCH', `/api/pages/${id}`, { title: 'New' });
    const stored = await server.app.db
      .selectFrom('webhook_events')
      .select('id')
      .where('workspace_id', '=', ada.user.id)
      .execute();
    expect(stored).toEqual([]);
  });
});

describe('a change that is rolled back', () => {
  it('publishes nothing', async () => {
    const ada = await server.signUp();
    const receiver = await listen(ada);
    const { id } = (await server.as(ada, 'GET', '/api/pages')).body.items[0];
    const { handle } = (await server.signUp()).user.username;
    await server.as(ada, 'PATCH', `/api/pages/${id}`, { title: 'Lost', handle: handle ?? 'admin' });
    await server.as(ada, 'PATCH', `/api/pages/${id}`, { title: 'Kept' });
    expect(await nextOf(receiver, 'page.updated')).toMatchObject({ title: 'Kept' });
  });
});
