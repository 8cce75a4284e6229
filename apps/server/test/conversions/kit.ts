import { sql } from 'kysely';
import {
  type Answer,
  BROWSER,
  createTeam,
  newHandle,
  type SignedUp,
  storeKey,
  type TestServer,
} from '../kit/index.ts';

export const TERMS = { qualifiesBy: 'sale', basisPoints: 1_000, holdDays: 0 };
export const LANDING = 'https://shop.example.com/welcome';

export type Shop = {
  owner: SignedUp;
  workspace: string;
  campaign: string;
  /** Calls as the shop's program, with a key. */
  api: (method: string, path: string, body?: object) => Promise<Answer>;
  /** The same for paths below the campaign. */
  in: (method: string, path: string, body?: object) => Promise<Answer>;
  track: (type: 'click' | 'lead' | 'sale' | 'refund', body: object) => Promise<Answer>;
  /** Adds a referrer. */
  refer: (overrides?: object) => Promise<Answer['body']>;
  /** The referrer as it is now. */
  read: (referrer: { id: string }) => Promise<Answer['body']>;
  rewards: () => Promise<Answer['body'][]>;
};

let count = 0;
export const newExternalId = () => `person-${(count += 1)}-${newHandle()}`;

/** A team with a running campaign, and a key for it. */
export async function openShop(
  server: TestServer,
  terms: object = TERMS,
  settings: object = {},
): Promise<Shop> {
  const owner = await server.signUp();
  const workspace = await createTeam(server, { owner });
  const { key } = await storeKey(server, owner, {
    workspaceId: workspace,
    scopes: ['campaigns:read', 'campaigns:write', 'conversions:write', 'webhooks:read', 'webhooks:write'],
  });
  const api = (method: string, path: string, body?: object) =>
    server.call(method, path, { token: key, body });
  const draft = { name: 'Partners', terms, landingUrl: LANDING, ...settings };
  const created = await api('POST', '/api/campaigns', draft);
  if (created.status !== 201) throw new Error(JSON.stringify(created.body));
  const campaign: string = created.body.id;
  await api('POST', `/api/campaigns/${campaign}/start`);
  const within: Shop['in'] = (method, path, body) => api(method, `/api/campaigns/${campaign}${path}`, body);
  return {
    owner,
    workspace,
    campaign,
    api,
    in: within,
    track: (type, body) => api('POST', `/api/track/${type}`, body),
    refer: async (overrides = {}) => {
      const answer = await within('POST', '/referrers', { externalId: newExternalId(), ...overrides });
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      return answer.body;
    },
    read: async ({ id }) => (await within('GET', `/referrers/${id}`)).body,
    rewards: async () => (await within('GET', '/rewards?limit=100')).body.items,
  };
}

/** Opens `/r/{code}` as a browser does. */
export const open = (server: TestServer, code: string, headers: Record<string, string> = {}) =>
  server.get(`/r/${code}`, { headers: { 'user-agent': BROWSER, ...headers } });

export const readClickId = (answer: Answer): string | null =>
  new URL(answer.headers.get('location') ?? '').searchParams.get('lg_click');

/** Moves the end of every hold into the past. */
export const endHolds = ({ app }: TestServer): Promise<unknown> =>
  sql`update campaign_rewards set due_at = now() where state = 'pending'`.execute(app.db);
