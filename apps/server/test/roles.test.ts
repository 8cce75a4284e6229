import { type Endpoint, endpoints, generateId } from '@linkgrove/api';
import {
  ACTIONS,
  findLeastRole,
  isRoleAllowed,
  type Role,
  ROLES,
  type Scope,
  SCOPES,
} from '@linkgrove/api/access';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  addMember,
  type Answer,
  createPdf,
  createTeam,
  newHandle,
  problemOf,
  type SignedUp,
  signUpVerified,
  storeKey,
  uploadFile,
  useTestServer,
} from './kit/index.ts';

// Every procedure is called as every role, as a stranger, signed out and with API keys. What is expected comes from the table of
// actions and from what the procedures declare; only the inputs are written by hand.

type People = Record<Role | 'stranger', SignedUp>;
const server = useTestServer();
let people: People;
beforeAll(async () => {
  people = await signUpPeople();
});

async function signUpPeople(): Promise<People> {
  const signUp = () => signUpVerified(server);
  const [owner, admin, editor] = await Promise.all([signUp(), signUp(), signUp()]);
  const [analyst, viewer, stranger] = await Promise.all([signUp(), signUp(), signUp()]);
  return { owner, admin, editor, analyst, viewer, stranger };
}

const NO_ANSWER = { headers: new Headers(), cookies: {} };

async function sendForm(path: string, body: FormData, { token = '' }: { token?: string }): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${server.url}${path}`, { method: 'POST', headers, body });
  return { ...NO_ANSWER, status: response.status, body: await response.json() };
}

async function call({ name, procedure }: Endpoint, input: object, who?: { token: string }): Promise<string> {
  const token = who ? { token: who.token } : {};
  const answer =
    input instanceof FormData
      ? await sendForm(`/trpc/${name}`, input, token)
      : procedure._def.type === 'query'
        ? await server.get(`/trpc/${name}?input=${encodeURIComponent(JSON.stringify(input))}`, token)
        : await server.post(`/trpc/${name}`, input, token);
  return answer.status < 300 ? 'done' : `${answer.status} ${problemOf(answer).code}`;
}

const byOwner = (method: string, path: string, body?: object) => server.ask(people.owner, method, path, body);

/** A new team with a page, whose members are `people`. */
async function createWorld() {
  const team = await createTeam(server, people);
  const page: string = (await byOwner('POST', '/api/pages', { workspaceId: team, handle: newHandle() })).id;
  const block: string = (await byOwner('POST', `/api/pages/${page}/blocks`, { type: 'heading', title: 'x' }))
    .id;
  return { team, page, block };
}
type World = Awaited<ReturnType<typeof createWorld>>;
type CreateInput = (world: World, caller: SignedUp) => object | Promise<object>;

const testTitles = async ({ block }: World) => {
  await byOwner('PATCH', `/api/blocks/${block}`, { titleTest: { title: 'y' } });
  return { id: block };
};

const ofPage: CreateInput = ({ page }) => ({ id: page });
const ofBlock: CreateInput = ({ block }) => ({ id: block });
const ofTeam: CreateInput = ({ team }) => ({ id: team });
const trash = async (path: string, id: string) => {
  await byOwner('DELETE', path);
  return { id };
};

async function addTarget({ team }: World): Promise<SignedUp> {
  const target = await server.signUp();
  await addMember(server, team, target, 'viewer');
  return target;
}

const storeTeamKey = ({ team }: World, scopes: readonly Scope[] = ['pages:read']) =>
  storeKey(server, people.owner, { workspaceId: team, scopes });

async function exportPage({ page }: World): Promise<string> {
  return JSON.stringify(await byOwner('GET', `/api/pages/${page}/export`));
}

const publishVersion: CreateInput = async ({ page }) => {
  const { publishedVersion } = await byOwner('POST', `/api/pages/${page}/publish`);
  return { id: page, versionId: publishedVersion.id };
};

const HOOK_URL = 'http://localhost:9/';
async function createHook({ team }: World): Promise<string> {
  const hook = { workspaceId: team, url: HOOK_URL, events: ['page.updated'] };
  return (await byOwner('POST', '/api/webhooks', hook)).id;
}
const ofHook: CreateInput = async (world) => ({ id: await createHook(world) });

async function createDomain({ page }: World): Promise<string> {
  const domain = { hostname: `${newHandle()}.linkgrove-roles.com`, pageId: page };
  return (await byOwner('POST', '/api/domains', domain)).id;
}
const ofDomain: CreateInput = async (world) => ({ id: await createDomain(world) });
async function createCampaign({ team }: World, terms: object = { referrerCredits: 5 }): Promise<string> {
  const { id } = await byOwner('POST', '/api/campaigns', { workspaceId: team, name: 'Partners', terms });
  return id;
}
const ofCampaign: CreateInput = async (world) => ({ id: await createCampaign(world) });

/** A running campaign with a referrer and a customer who bought something. */
async function createSale(world: World, terms?: object) {
  const id = await createCampaign(world, terms);
  await byOwner('POST', `/api/campaigns/${id}/start`);
  const referrer = await byOwner('POST', `/api/campaigns/${id}/referrers`, { externalId: `${id}-1` });
  const sale = { workspaceId: world.team, externalId: `${id}-2`, amount: 100, currency: 'EUR' };
  const { referralId } = await byOwner('POST', '/api/track/sale', { ...sale, referralCode: referrer.code });
  return { id, referrerId: referrer.id, code: referrer.code, externalId: sale.externalId, referralId };
}
const ofReferrer: CreateInput = async (world) => {
  const { id, referrerId } = await createSale(world);
  return { id, referrerId };
};
async function createReward(world: World, terms: object) {
  const { id, referrerId, externalId } = await createSale(world, terms);
  const { items } = await byOwner('GET', `/api/campaigns/${id}/rewards`);
  return { id, referrerId, externalId, rewardId: items[0].id };
}
/** A reward whose credits were spent before the sale was refunded. */
async function createReviewedReward(world: World) {
  const { id, referrerId, externalId, rewardId } = await createReward(world, { referrerCredits: 5 });
  const path = `/api/campaigns/${id}/referrers/${referrerId}/spend`;
  await byOwner('POST', path, { externalId: 'x', amount: 5 });
  await byOwner('POST', '/api/track/refund', { workspaceId: world.team, externalId });
  return { id: rewardId, reason: 'A test' };
}

function createForm({ team }: World): FormData {
  const form = new FormData();
  form.append('purpose', 'file');
  form.append('workspaceId', team);
  form.append('file', new Blob([createPdf()]), 'menu.pdf');
  return form;
}
const ofFile: CreateInput = async ({ team }) => {
  const { body } = await uploadFile(server, people.owner, createPdf(), {
    purpose: 'file',
    workspaceId: team,
  });
  return { id: body.id };
};

/** Taken down in the database only. */
const takeDown: CreateInput = async ({ page }) => {
  const takedown = { id: generateId(), page_id: page, reason: 'other' };
  await server.app.db.insertInto('page_takedowns').values(takedown).execute();
  return { id: page, text: 'It is fine' };
};

async function storeSubmission(page: string): Promise<string> {
  const id = generateId();
  const submission = { id, page_id: page, block_id: id, state: 'received' as const, fields: '{}' };
  await server.app.db.insertInto('form_submissions').values(submission).execute();
  return id;
}

const createTemplate = async ({ page }: World): Promise<string> =>
  (await byOwner('POST', '/api/templates', { pageId: page, name: 'A template' })).id;

const INPUTS: Record<string, CreateInput> = {
  'campaigns.list': ({ team }) => ({ workspaceId: team }),
  'campaigns.create': ({ team }) => ({ workspaceId: team, name: 'Partners', terms: {} }),
  'campaigns.get': ofCampaign,
  'campaigns.update': async (world) => ({ id: await createCampaign(world), name: 'Renamed' }),
  'campaigns.versions': ofCampaign,
  'campaigns.publish': async (world) => ({ id: await createCampaign(world), terms: {} }),
  'campaigns.start': ofCampaign,
  'campaigns.end': async (world) => ({ id: (await createSale(world)).id }),
  'campaigns.conversions': ofCampaign,
  'campaignExports.referrals': ofCampaign,
  'campaignExports.rewards': ofCampaign,
  'campaignExports.ledger': ofCampaign,
  'campaignReferrers.list': ofCampaign,
  'campaignReferrers.create': async (world) => ({ id: await createCampaign(world), externalId: 'x' }),
  'campaignReferrers.get': ofReferrer,
  'campaignReferrers.update': async (world, who) => ({ ...(await ofReferrer(world, who)), enabled: false }),
  'campaignReferrers.delete': ofReferrer,
  'campaignReferrers.entries': ofReferrer,
  'campaignReferrers.spend': async (world, who) => ({
    ...(await ofReferrer(world, who)),
    externalId: 'x',
    amount: 1,
  }),
  'campaignReferrers.createEmbedToken': ofReferrer,
  'campaignReferrals.list': ofCampaign,
  'campaignReferrals.reject': async (world) => {
    const { id, referralId } = await createSale(world);
    return { id, referralId, reason: 'A test' };
  },
  'campaignRewards.list': ofCampaign,
  'campaignRewards.fulfil': async (world) => ({
    id: (await createReward(world, { referrerCredits: 5, rewardKind: 'external' })).rewardId,
  }),
  'campaignRewards.reverse': async (world) => {
    const reviewed = await createReviewedReward(world);
    await server.app.db.updateTable('campaign_balances').set({ balance: 5 }).execute();
    return reviewed;
  },
  'campaignRewards.waive': createReviewedReward,
  'track.click': async (world) => ({
    workspaceId: world.team,
    referralCode: (await createSale(world)).code,
  }),
  'track.lead': ({ team }) => ({ workspaceId: team, externalId: 'x' }),
  'track.sale': ({ team }) => ({ workspaceId: team, externalId: 'x', amount: 1, currency: 'EUR' }),
  'track.refund': async (world) => {
    const { externalId } = await createSale(world);
    return { workspaceId: world.team, externalId };
  },
  'files.list': ({ team }) => ({ workspaceId: team }),
  'files.upload': createForm,
  'files.get': ofFile,
  'files.update': async (world, caller) => ({ ...(await ofFile(world, caller)), alt: 'Changed' }),
  'files.delete': ofFile,
  'webhooks.list': ({ team }) => ({ workspaceId: team }),
  'webhooks.create': ({ team }) => ({ workspaceId: team, url: HOOK_URL, events: ['page.updated'] }),
  'webhooks.get': ofHook,
  'webhooks.update': async (world) => ({ id: await createHook(world), description: 'Changed' }),
  'webhooks.delete': ofHook,
  'webhooks.rotateSecret': ofHook,
  'webhooks.listDeliveries': ofHook,
  'webhooks.test': async (world) => ({ id: await createHook(world), type: 'page.updated' }),
  'webhooks.recover': async (world) => ({ id: await createHook(world), since: new Date().toISOString() }),
  'webhooks.replay': async (world) => {
    const id = await createHook(world);
    const { deliveryId } = await byOwner('POST', `/api/webhooks/${id}/test`, { type: 'page.updated' });
    return { id, deliveryId };
  },
  'domains.list': ({ team }) => ({ workspaceId: team }),
  'domains.create': ({ page }) => ({ hostname: `${newHandle()}.linkgrove-roles.com`, pageId: page }),
  'domains.get': ofDomain,
  'domains.update': async (world) => ({ id: await createDomain(world), primary: true }),
  'domains.delete': ofDomain,
  'domains.verify': ofDomain,
  'workspaces.get': ofTeam,
  'workspaces.update': ({ team }) => ({ id: team, name: 'Renamed' }),
  'workspaces.delete': ofTeam,
  'workspaces.restore': ({ team }) => trash(`/api/workspaces/${team}`, team),
  'workspaces.listMembers': ofTeam,
  'workspaces.updateMember': async (world) => ({
    id: world.team,
    userId: (await addTarget(world)).user.id,
    role: 'editor',
  }),
  'workspaces.removeMember': async (world) => ({ id: world.team, userId: (await addTarget(world)).user.id }),
  'invitations.list': ofTeam,
  'invitations.create': ({ team }) => ({ id: team, email: `${newHandle()}@example.com`, role: 'editor' }),
  'invitations.delete': async ({ team }) => {
    const invitation = { email: `${newHandle()}@example.com`, role: 'editor' };
    const { id } = await byOwner('POST', `/api/workspaces/${team}/invitations`, invitation);
    return { id: team, invitationId: id };
  },
  'keys.list': ({ team }) => ({ workspaceId: team }),
  'keys.create': ({ team }) => ({ workspaceId: team, name: 'A key', scopes: ['pages:read'] }),
  'keys.update': async (world) => ({ id: (await storeTeamKey(world)).id, name: 'Renamed' }),
  'keys.delete': async (world) => ({ id: (await storeTeamKey(world)).id }),
  'keys.rotate': async (world) => ({ id: (await storeTeamKey(world)).id }),
  'pages.list': ({ team }) => ({ workspaceId: team }),
  'pages.create': ({ team }) => ({ workspaceId: team, handle: newHandle() }),
  'pages.get': ofPage,
  'pages.update': ({ page }) => ({ id: page, title: 'Changed', published: true }),
  'pages.delete': ofPage,
  'pages.restore': ({ page }) => trash(`/api/pages/${page}`, page),
  'pages.previewLink': ofPage,
  'pages.revokePreviewLinks': ofPage,
  'pages.setPassword': ({ page }) => ({ id: page, password: 'rehearsal-7' }),
  'pages.removePassword': ofPage,
  'pages.publish': ofPage,
  'pages.discardDraft': async ({ page }) => {
    await byOwner('PATCH', `/api/pages/${page}`, { publishing: 'manual', published: true });
    return { id: page };
  },
  'pages.listVersions': ofPage,
  'pages.compareVersions': ({ page }) => ({ id: page, from: 'live' }),
  'pages.getVersion': publishVersion,
  'pages.restoreVersion': publishVersion,
  'pages.export': ofPage,
  'pages.import': async (world) => ({ pageId: world.page, content: await exportPage(world) }),
  'pages.transfer': ({ page }, { user }) => ({ id: page, workspaceId: user.id }),
  'pages.appeal': takeDown,
  'pages.duplicate': ({ page }) => ({ id: page, handle: newHandle() }),
  'analytics.page': ofPage,
  'analytics.workspace': ofTeam,
  'analytics.export': ofPage,
  'analytics.titleTest': testTitles,
  'analytics.settings': ofPage,
  'analytics.updateSettings': ({ page }) => ({ id: page, public: true }),
  'analytics.reset': ofPage,
  'forms.submissions': ofPage,
  'forms.export': ofPage,
  'forms.delete': async ({ page }) => ({ id: page, submissionId: await storeSubmission(page) }),
  'blocks.list': ofPage,
  'blocks.create': ({ page }) => ({ id: page, type: 'heading', title: 'y' }),
  'blocks.order': ({ page, block }) => ({ id: page, ids: [block] }),
  'blocks.get': ofBlock,
  'blocks.endTitleTest': async (world) => ({ ...(await testTitles(world)), winner: 'b' }),
  'blocks.update': ({ block }) => ({ id: block, title: 'z' }),
  'blocks.delete': ofBlock,
  'blocks.restore': ({ block }) => trash(`/api/blocks/${block}`, block),
  'blocks.edit': ({ page, block }) => ({ id: page, operations: [{ op: 'delete', id: block }] }),
  'blocks.transfer': async ({ team, block }) => ({
    id: block,
    pageId: (await byOwner('POST', '/api/pages', { workspaceId: team, handle: newHandle() })).id,
  }),
  'templates.list': ({ team }) => ({ workspaceId: team }),
  'templates.create': ({ page }) => ({ pageId: page, name: 'A template' }),
  'templates.delete': async (world) => ({ id: await createTemplate(world) }),
  'templates.createPage': async (world) => ({
    id: await createTemplate(world),
    handle: newHandle(),
    workspaceId: world.team,
  }),
  'blocks.move': ({ block }) => ({ id: block, after: null }),
};

const inWorkspaces = endpoints.flatMap((endpoint) =>
  endpoint.action ? [{ ...endpoint, action: endpoint.action }] : [],
);
const elsewhere = endpoints.filter(({ action, access }) => !action && access !== 'public');

it('every procedure that declares an action has an input here', () => {
  expect(inWorkspaces.map(({ name }) => name).toSorted()).toEqual(Object.keys(INPUTS).toSorted());
});

describe('the table of actions', () => {
  it.each(Object.entries(ACTIONS))('gives %s to every role above one that has it', (_name, { roles }) => {
    expect(roles).toEqual(ROLES.slice(0, roles.length));
  });
});

const createInput = ({ name }: Endpoint, world: World, caller: SignedUp): object | Promise<object> =>
  (INPUTS[name] ?? (() => ({})))(world, caller);
type Prepared = { world: World; input: object };
async function prepareOwnWorld(endpoint: Endpoint, caller: SignedUp): Promise<Prepared> {
  const world = await createWorld();
  return { world, input: await createInput(endpoint, world, caller) };
}

const unchanged = new Map<string, Promise<Prepared>>();
/** For calls that change nothing: all refusals, and queries. Prepared once for each endpoint. */
function findUnchanged(endpoint: Endpoint): Promise<Prepared> {
  const prepared = unchanged.get(endpoint.name) ?? prepareOwnWorld(endpoint, people.stranger);
  unchanged.set(endpoint.name, prepared);
  return prepared;
}
const prepareCall = (endpoint: Endpoint, caller: SignedUp): Promise<Prepared> =>
  endpoint.procedure._def.type === 'query' ? findUnchanged(endpoint) : prepareOwnWorld(endpoint, caller);

const everyCase = inWorkspaces.flatMap((endpoint) =>
  ROLES.map((role) => ({
    name: endpoint.name,
    role,
    endpoint,
    isAllowed: isRoleAllowed(role, endpoint.action),
  })),
);

it.each(inWorkspaces.map((endpoint) => [endpoint.name, endpoint] as const))(
  '%s is hidden from strangers and refused to people who are not signed in',
  async (_name, endpoint) => {
    const { input } = await findUnchanged(endpoint);
    expect(await call(endpoint, input, people.stranger)).toBe('404 NOT_FOUND');
    expect(await call(endpoint, input)).toBe('401 UNAUTHENTICATED');
  },
);

it.each(everyCase.filter(({ isAllowed }) => isAllowed))(
  '$name is done for the role $role',
  async ({ endpoint, role }) => {
    const { input } = await prepareCall(endpoint, people[role]);
    expect(await call(endpoint, input, people[role])).toBe('done');
  },
);

it.each(everyCase.filter(({ isAllowed }) => !isAllowed))(
  '$name is refused to the role $role',
  async ({ endpoint, role }) => {
    const { input } = await findUnchanged(endpoint);
    expect(await call(endpoint, input, people[role])).toBe('403 ROLE_REQUIRED');
  },
);

const EVERY_SCOPE = Object.keys(SCOPES).filter((name): name is Scope => name in SCOPES);
const CLOSED = '403 INSUFFICIENT_SCOPE';
/** Events need the scope of what they tell, too. */
const listNeededScopes = (name: string, scope: Scope): Scope[] =>
  name.startsWith('webhooks.') ? [scope, 'pages:read'] : [scope];
/** The keys of a deleted workspace do not work. */
const CLOSED_TO_OWN_KEYS: Record<string, string> = { 'workspaces.restore': '401 INVALID_KEY' };

it.each(inWorkspaces.map((endpoint) => [endpoint.name, endpoint] as const))(
  '%s is open to keys of the workspace with its scope, and to no other keys',
  async (_name, endpoint) => {
    const { name, scope } = endpoint;
    const closed = CLOSED_TO_OWN_KEYS[name] ?? CLOSED;
    const { world, input } = await prepareCall(endpoint, people.owner);
    const withoutScope = await storeTeamKey(
      world,
      EVERY_SCOPE.filter((one) => one !== scope),
    );
    const ofAnotherWorkspace = await storeKey(server, people.owner, { scopes: EVERY_SCOPE });
    const withScope = await storeTeamKey(world, scope ? listNeededScopes(name, scope) : EVERY_SCOPE);
    expect(await call(endpoint, input, withoutScope)).toBe(closed);
    expect(await call(endpoint, input, ofAnotherWorkspace)).toBe(scope ? '404 NOT_FOUND' : CLOSED);
    expect(await call(endpoint, input, withScope)).toBe(scope ? 'done' : closed);
  },
);

it.each(everyCase.filter(({ endpoint, isAllowed }) => endpoint.scope && !isAllowed))(
  '$name is refused to a key that was made by the role $role',
  async ({ endpoint, role }) => {
    const { world, input } = await findUnchanged(endpoint);
    const key = await storeKey(server, people[role], { workspaceId: world.team, scopes: EVERY_SCOPE });
    expect(await call(endpoint, input, key)).toBe('403 ROLE_REQUIRED');
  },
);

it('a refusal names the role that is needed', async () => {
  const { team, page } = await createWorld();
  for (const [method, path, action] of [
    ['PATCH', `/api/pages/${page}`, 'pages:write'],
    ['PATCH', `/api/workspaces/${team}`, 'workspace:write'],
    ['DELETE', `/api/workspaces/${team}`, 'workspace:delete'],
  ] as const) {
    const { status, body } = await server.as(people.viewer, method, path);
    expect([status, body.code]).toEqual([403, 'ROLE_REQUIRED']);
    expect(body.detail).toContain(findLeastRole(action));
  }
});

/** Without one, a person who has just signed in would be deleted. */
const OTHER_INPUTS: Record<string, object> = { 'account.delete': { password: 'not-the-password' } };

describe('outside workspaces', () => {
  let members: People;
  beforeAll(async () => {
    members = await signUpPeople();
    await createTeam(server, members);
  });

  it.each(elsewhere.map((endpoint) => [endpoint.name, endpoint] as const))(
    'a role makes no difference to %s',
    async (_name, endpoint) => {
      const input = OTHER_INPUTS[endpoint.name] ?? {};
      expect(await call(endpoint, input)).toBe('401 UNAUTHENTICATED');
      const expected =
        endpoint.access === 'admin' ? '403 FORBIDDEN' : await call(endpoint, input, members.stranger);
      for (const role of ROLES)
        expect([role, await call(endpoint, input, members[role])]).toEqual([role, expected]);
      const key = await storeKey(server, members.owner, { scopes: EVERY_SCOPE });
      expect(await call(endpoint, input, key)).toBe(endpoint.scope ? expected : CLOSED);
    },
  );
});
