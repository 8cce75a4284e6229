import { type Endpoint, endpoints } from '@linkgrove/api';
import { beforeAll, describe, expect, it } from 'vitest';
import { fillPath, PASSWORD, setRole, type SignedUp, useTestServer } from '../kit/index.ts';

const server = useTestServer();
let ada: SignedUp;
let bob: SignedUp;
let admin: SignedUp;
beforeAll(async () => {
  [ada, bob, admin] = [await server.signUp(), await server.signUp(), await server.signUp()];
  await setRole(server, admin, 'admin');
});

const isGuarded = ({ access }: Endpoint) => access !== 'public';
const isAdmins = ({ rest }: Endpoint) => rest.path.startsWith('/api/admin/');
const guarded = endpoints.filter(isGuarded);

/** Calls an endpoint on both transports; returns each status and problem. */
async function callBoth(
  { name, procedure, rest }: Omit<Endpoint, 'access'>,
  options: { token?: string; input?: object } = {},
) {
  const { token, input = {} } = options;
  const bearer = token === undefined ? {} : { token };
  const query = new URLSearchParams(input as Record<string, string>);
  const isQuery = procedure._def.type === 'query';
  const path = fillPath({ rest });
  const answers = [
    isQuery
      ? await server.call('GET', `${path}?${query.toString()}`, bearer)
      : await server.call(rest.method, path, { ...bearer, body: input }),
    isQuery
      ? await server.call('GET', `/trpc/${name}?input=${encodeURIComponent(JSON.stringify(input))}`, bearer)
      : await server.post(`/trpc/${name}`, input, bearer),
  ];
  return answers.map(({ status, body }) => ({ status, problem: body.error?.data ?? body }));
}
const codesOf = async (endpoint: Endpoint, options = {}) =>
  (await callBoth(endpoint, options)).map(({ status, problem }) => `${status} ${problem.code}`);

describe('Z1 without a valid session', () => {
  it.each(guarded.map((endpoint) => [endpoint.name, endpoint] as const))(
    '%s is refused',
    async (_name, endpoint) => {
      expect(await codesOf(endpoint)).toEqual(['401 UNAUTHENTICATED', '401 UNAUTHENTICATED']);
      expect(await codesOf(endpoint, { token: 'x.y.z' })).toEqual([
        '401 UNAUTHENTICATED',
        '401 UNAUTHENTICATED',
      ]);
    },
  );

  it('every procedure is refused to suspended and deleted accounts', async () => {
    const [suspended, deleted] = [await server.signUp(), await server.signUp()];
    await server.suspendUser(admin, suspended);
    await server.as(deleted, 'DELETE', '/api/me', { password: PASSWORD });
    for (const endpoint of guarded) {
      for (const { token } of [suspended, deleted])
        expect(await codesOf(endpoint, { token })).toEqual(['401 SESSION_EXPIRED', '401 SESSION_EXPIRED']);
    }
  });

  it('only the listed procedures are public', () => {
    expect(
      endpoints
        .filter((endpoint) => !isGuarded(endpoint))
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(
      [
        'account.undoEmailChange',
        'account.unsubscribe',
        // Have the browser's own step of a sign-in, or are a list of names.
        'auth.completeSignUp',
        'auth.providers',
        'auth.declineVerification',
        'auth.forgotPassword',
        'auth.login',
        'auth.loginLink',
        'auth.loginMfa',
        'auth.verifyLoginLink',
        'auth.logout',
        'auth.refresh',
        'auth.register',
        'auth.reportSignIn',
        'auth.resetPassword',
        'auth.verificationDetails',
        'auth.verifyEmail',
        // Has a credential of its own, the embed token.
        'embed.me',
        'handles.check',
        'passkeys.authenticate',
        'passkeys.authenticationOptions',
        'publicBlocks.click',
        'publicForms.submit',
        'publicPages.get',
        'publicPages.unlock',
        'publicPages.view',
        'referralCampaigns.current',
        'referralCodes.show',
        'referralCodes.visit',
        'referrals.leaderboard',
        'reports.create',
        'webhooks.listEventTypes',
      ].toSorted(),
    );
  });
});

describe('Z1 what belongs to another user', () => {
  it('looks as if it did not exist, and stays unchanged', async () => {
    const session = (await server.as(ada, 'GET', '/api/sessions')).body.items[0];
    const link = (await server.as(ada, 'POST', '/api/referral-links', { label: 'mine' })).body;
    const { id } = (await server.as(ada, 'POST', '/api/pages', { handle: 'of-ada', title: 'mine' })).body;
    const onPage = `/api/pages/${id}`;
    const block = (await server.as(ada, 'POST', `${onPage}/blocks`, { type: 'heading', title: 'mine' })).body;
    const onBlock = `/api/blocks/${block.id}`;
    const page = (await server.as(ada, 'GET', onPage)).body;
    const acts = [
      ['DELETE', `/api/sessions/${session.id}`, undefined, 'sessions.end', { id: session.id }],
      [
        'PATCH',
        `/api/sessions/${session.id}`,
        { name: 'x' },
        'sessions.rename',
        { id: session.id, name: 'x' },
      ],
      ['DELETE', `/api/me/identities/${session.id}`, undefined, 'identities.remove', { id: session.id }],
      ['PATCH', onPage, { title: 'x' }, 'pages.update', { id: page.id, title: 'x' }],
      ['DELETE', onPage, undefined, 'pages.delete', { id: page.id }],
      ['POST', `${onPage}/restore`, {}, 'pages.restore', { id: page.id }],
      ['POST', `${onPage}/preview-link`, {}, 'pages.previewLink', { id: page.id }],
      ['DELETE', `${onPage}/preview-link`, undefined, 'pages.revokePreviewLinks', { id: page.id }],
      ['POST', `${onPage}/analytics/reset`, undefined, 'analytics.reset', { id: page.id }],
      [
        'PATCH',
        `${onPage}/analytics/settings`,
        { public: true },
        'analytics.updateSettings',
        { id: page.id, public: true },
      ],
      ['POST', `/api/public/blocks/${page.id}/click`, undefined, 'publicBlocks.click', { id: page.id }],
      [
        'POST',
        `/api/public/forms/${block.id}`,
        { fields: {} },
        'publicForms.submit',
        { id: block.id, fields: {} },
      ],
      [
        'POST',
        `${onPage}/blocks`,
        { type: 'heading', title: 'x' },
        'blocks.create',
        { id: page.id, type: 'heading', title: 'x' },
      ],
      ['PUT', `${onPage}/blocks/order`, { ids: [] }, 'blocks.order', { id: page.id, ids: [] }],
      ['PATCH', onBlock, { title: 'x' }, 'blocks.update', { id: block.id, title: 'x' }],
      ['DELETE', onBlock, undefined, 'blocks.delete', { id: block.id }],
      ['POST', `${onBlock}/restore`, {}, 'blocks.restore', { id: block.id }],
      ['POST', `${onBlock}/move`, { after: null }, 'blocks.move', { id: block.id, after: null }],
      [
        'PATCH',
        `/api/referral-links/${link.id}`,
        { label: 'x' },
        'referralLinks.update',
        { id: link.id, label: 'x' },
      ],
      ['DELETE', `/api/referral-links/${link.id}`, undefined, 'referralLinks.delete', { id: link.id }],
    ] as const;
    for (const [method, path, body, name, input] of acts) {
      for (const who of [bob, admin]) {
        expect((await server.as(who, method, path, body)).body.code).toBe('NOT_FOUND');
        expect((await server.post(`/trpc/${name}`, input, { token: who.token })).body.error.data.code).toBe(
          'NOT_FOUND',
        );
      }
    }
    const onAnalytics = ['', '/export', '/settings'].map((path) => `${onPage}/analytics${path}`);
    const onWorkspace = `/api/workspaces/${ada.user.id}/analytics`;
    for (const path of [onPage, `${onPage}/export`, `${onPage}/blocks`, onBlock, ...onAnalytics, onWorkspace])
      for (const who of [bob, admin]) expect((await server.as(who, 'GET', path)).body.code).toBe('NOT_FOUND');
    expect((await server.as(ada, 'GET', onPage)).body).toEqual(page);
    expect((await server.as(ada, 'GET', onBlock)).body).toEqual(block);
    expect((await server.as(ada, 'GET', '/api/sessions')).body.items[0].id).toBe(session.id);
    const { items } = (await server.as(ada, 'GET', '/api/referral-links')).body;
    expect(items.find((one: { id: string }) => one.id === link.id)).toEqual(link);
  });

  // roles.test.ts calls those in workspaces as every role and as a stranger.
  it('is tested above for every endpoint with an ID outside workspaces', () => {
    const withId = endpoints
      .filter(({ rest, action }) => rest.path.includes('{id}') && !action)
      .map(({ name }) => name);
    expect(withId.toSorted()).toEqual(
      [
        'admin.endImpersonation',
        'admin.endSessions',
        'admin.getUser',
        'admin.impersonateUser',
        'admin.removeSecondFactor',
        'admin.sendReset',
        'admin.setUserRole',
        'admin.allowCustomCss',
        'admin.restoreUser',
        'admin.suspendUser',
        // Of administrators.
        'moderation.decideAppeal',
        'moderation.resolveReport',
        'moderation.restorePage',
        'moderation.takeDown',
        'moderation.unverifyPage',
        'moderation.verifyPage',
        'publicBlocks.click',
        'publicForms.submit',
        'referralCampaigns.payMilestones',
        'referralCampaigns.end',
        'referralCampaigns.get',
        'referralCampaigns.pause',
        'referralCampaigns.publish',
        'referralCampaigns.resume',
        'referralCampaigns.schedule',
        'referralCampaigns.start',
        'referralCampaigns.update',
        'referralCampaigns.users',
        'referralCampaigns.versions',
        'referralReview.approve',
        'referralReview.reject',
        'referralReview.restore',
        'referralReview.reverse',
        'rewardReview.restore',
        'redemptions.cancel',
        'redemptions.fulfil',
        'rewardItems.addCodes',
        'rewardItems.update',
        'rewardReview.reverse',
        'rewardReview.waive',
        'referralLinks.delete',
        'referralLinks.update',
        'sessions.end',
        'sessions.rename',
        // identities.test.ts removes those of others.
        'identities.remove',
        'identities.link',
        'passkeys.rename',
        'passkeys.delete',
        'secondFactor.endTrustedDevice',
      ].toSorted(),
    );
  });
});

describe('Z2 an owner cannot be named', () => {
  // Of forms, files.test.ts sends unknown parts. What a browser says of a passkey may have members of its own.
  it.each(
    guarded
      .filter(({ name, rest }) => !rest.multipart && name !== 'passkeys.register')
      .map((endpoint) => [endpoint.name, endpoint] as const),
  )('in a call of %s', async (_name, endpoint) => {
    const token = isAdmins(endpoint) ? admin.token : ada.token;
    const isMembers = endpoint.rest.path.includes('{userId}');
    for (const member of [...(isMembers ? [] : ['userId']), 'ownerId', 'user_id', 'actorId']) {
      for (const { status, problem } of await callBoth(endpoint, {
        token,
        input: { [member]: bob.user.id },
      })) {
        expect([status, problem.code]).toEqual([400, 'VALIDATION_FAILED']);
        expect(problem.errors).toContainEqual({
          path: member,
          message: expect.any(String),
          code: 'unknown_member',
        });
      }
    }
  });
});

it('Z4 another user’s cursor pages through the caller’s own list', async () => {
  const lists = [
    '/api/sessions',
    '/api/referral-links',
    '/api/me/security-events',
    '/api/referrals',
    '/api/pages',
  ];
  for (let n = 0; n < 3; n++) {
    await server.as(ada, 'POST', '/api/referral-links', {});
    await server.as(bob, 'POST', '/api/referral-links', {});
    for (const who of [ada, bob])
      await server.as(who, 'POST', '/api/pages', { handle: `z4-${n}-${who.username}` });
    await server.post('/api/login', { identifier: ada.username, password: PASSWORD });
    await server.signUp({ referralCode: ada.user.referralCode });
  }
  for (const path of lists) {
    const page = (await server.as(ada, 'GET', `${path}?limit=1`)).body;
    expect(page.items).toHaveLength(1);
    const own = (await server.as(bob, 'GET', `${path}?limit=100`)).body.items.map(
      (row: { id: string }) => row.id,
    );
    const led = (await server.as(bob, 'GET', `${path}?limit=100&cursor=${page.nextCursor}`)).body.items;
    for (const row of led) expect(own).toContain(row.id);
    for (const cursor of ['x', '0', "' or 1=1--", page.nextCursor.slice(1), `${page.nextCursor}A`])
      expect((await server.as(bob, 'GET', `${path}?cursor=${encodeURIComponent(cursor)}`)).status).toBe(400);
  }
});

it('Z5 public answers show a name and no address, ID or device', async () => {
  const eve = await server.signUp({ referralCode: ada.user.referralCode });
  await server.as(ada, 'PATCH', '/api/me', { leaderboard: true });
  await server.app.db
    .updateTable('referrals')
    .set({ status: 'successful', qualified_at: new Date() })
    .where('referred_user_id', '=', eve.user.id)
    .execute();
  const answers = [
    await server.call('GET', '/api/referral-leaderboard'),
    await server.call('GET', `/api/referral-codes/${ada.user.referralCode}`),
  ];
  for (const { status, body } of answers) {
    expect(status).toBe(200);
    for (const secret of [ada.email, ada.user.id, eve.email, eve.user.id, '127.0.0.1'])
      expect(JSON.stringify(body)).not.toContain(secret);
  }
  // The referrer sees the names of referred users, never their addresses.
  const { body } = await server.as(ada, 'GET', '/api/referrals?limit=100');
  expect(JSON.stringify(body)).toContain(eve.username);
  expect(JSON.stringify(body)).not.toContain('@example.com');
});

describe('Z6 an administrator', () => {
  const adminsOnly = endpoints.filter(isAdmins);

  it('is decided by the database at each request, not by a token', async () => {
    const former = await server.signUp();
    await setRole(server, former, 'admin');
    expect((await server.as(former, 'GET', `/api/admin/users?q=${bob.username}`)).status).toBe(200);
    await setRole(server, former, 'user');
    for (const { token } of [former, bob]) {
      for (const endpoint of adminsOnly) {
        const input = { name: bob.username, reason: 'x' };
        const forbidden = (await codesOf(endpoint, { token, input })).every((code) =>
          /^(403 FORBIDDEN|400 )/.test(code),
        );
        expect([endpoint.name, forbidden]).toEqual([endpoint.name, true]);
      }
      expect(
        (await server.as({ token }, 'POST', `/api/admin/users/${ada.user.id}/suspend`, { reason: 'x' }))
          .status,
      ).toBe(403);
      expect((await server.as({ token }, 'DELETE', `/api/admin/users/${ada.user.id}/sessions`)).status).toBe(
        403,
      );
    }
    expect((await server.as(ada, 'GET', '/api/me')).status).toBe(200);
  });

  it('can end sessions, and can neither read nor set a password', async () => {
    const eve = await server.signUp();
    const found = await server.ask(admin, 'GET', `/api/admin/users?q=${eve.username}`);
    expect(Object.keys(found.items[0]).toSorted()).toEqual(
      ['createdAt', 'email', 'emailVerified', 'id', 'role', 'suspended', 'username'].toSorted(),
    );
    expect((await server.as(admin, 'DELETE', `/api/admin/users/${eve.user.id}/sessions`)).status).toBe(204);
    expect((await server.as(eve, 'GET', '/api/me')).status).toBe(401);
    expect(adminsOnly.map(({ name }) => name).filter((name) => /password/i.test(name))).toEqual([]);
  });

  it('leaves a record of each act, and cannot suspend another administrator', async () => {
    const eve = await server.signUp();
    const { user } = eve;
    await server.as(admin, 'GET', `/api/admin/users/${user.id}`);
    await server.as(admin, 'POST', `/api/admin/users/${user.id}/suspend`, { reason: 'Spam' });
    await server.as(admin, 'POST', `/api/admin/users/${user.id}/restore`);
    await server.as(admin, 'DELETE', `/api/admin/users/${user.id}/sessions`);
    const rows = await server.app.db
      .selectFrom('security_events')
      .select(['type', 'ip', 'request_id'])
      .where('user_id', '=', user.id)
      .where('actor_id', '=', admin.user.id)
      .orderBy('id')
      .execute();
    expect(rows.map(({ type }) => type)).toEqual(['looked_up', 'suspended', 'restored', 'session_ended']);
    for (const row of rows) expect([row.ip, row.request_id]).toEqual(['127.0.0.1', expect.any(String)]);
    expect((await server.suspendUser(admin, admin)).status).toBe(403);
  });
});
