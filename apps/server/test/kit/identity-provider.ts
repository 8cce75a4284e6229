import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import * as oidc from 'oidc-provider';

/** What the provider says about whoever signs in. */
export type ProviderPerson = {
  sub: string;
  email?: string;
  email_verified?: boolean;
  preferred_username?: string;
};

export type IdentityProvider = {
  issuer: string;
  /** Signs in at the provider from now on. */
  person: ProviderPerson | 'refuses';
  /** Hostile: claims that replace those of each ID token, which is signed again. */
  forged: Record<string, unknown>;
  /** Hostile: a key of a stranger signs. */
  isForeignKey: boolean;
  /** An entry of `OIDC_PROVIDERS`. */
  settings: (id: string, more?: object) => object;
  close: () => void;
};

const CLIENT = { clientId: 'linkgrove', clientSecret: 'a-secret-of-the-client-that-is-long-enough' };
const ALGORITHM = 'RS256';

/** A real OpenID provider, with a hostile side. `callbackUrls` are those of its one client. */
export async function startIdentityProvider(callbackUrls: string[]): Promise<IdentityProvider> {
  const [own, foreign] = [
    await generateKeyPair(ALGORITHM, { extractable: true }),
    await generateKeyPair(ALGORITHM),
  ];
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const people = new Map<string, ProviderPerson>();

  const provider = new oidc.Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        token_endpoint_auth_method: 'client_secret_post',
        redirect_uris: callbackUrls,
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(own.privateKey)), kid: 'own', use: 'sig', alg: ALGORITHM }] },
    cookies: { keys: ['not a secret'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['preferred_username'] },
    conformIdTokenClaims: false,
    // Its notices about defaults would fill the output of the tests.
    ttl: { AccessToken: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: async () => ({ ...people.get(sub), sub }) }),
    loadExistingGrant: async ({ oidc: { client, session } }) => {
      const grant = new provider.Grant({ clientId: client?.clientId, accountId: session?.accountId });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
  // Its own warnings are about things that a test does not need.
  provider.on('server_error', () => {});

  const forge = (token: string) =>
    new SignJWT({ ...decodeJwt(token), ...self.forged })
      .setProtectedHeader({ alg: ALGORITHM, kid: 'own' })
      .sign(self.isForeignKey ? foreign.privateKey : own.privateKey);
  provider.use(async (ctx, next) => {
    await next();
    const body: unknown = ctx.body;
    const isHostile = self.isForeignKey || Object.keys(self.forged).length > 0;
    if (
      isHostile &&
      typeof body === 'object' &&
      body &&
      'id_token' in body &&
      typeof body.id_token === 'string'
    )
      ctx.body = { ...body, id_token: await forge(body.id_token) };
  });

  const handle = provider.callback();
  server.on('request', (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return void handle(request, response);
    const { person } = self;
    if (person !== 'refuses') people.set(person.sub, person);
    const result = person === 'refuses' ? { error: 'access_denied' } : { login: { accountId: person.sub } };
    void provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  });

  const self: IdentityProvider = {
    issuer,
    person: 'refuses',
    forged: {},
    isForeignKey: false,
    settings: (id, more = {}) => ({ id, issuer, ...CLIENT, ...more }),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return self;
}
