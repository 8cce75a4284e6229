import type { AppError } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import { type ProviderClaims, readDiscordClaims, readGithubClaims, readOidcClaims } from './claims.ts';
import { type Connection, createConnector } from './connection.ts';
import { createOutageError, readFailure, toProviderError } from './failures.ts';
import type { ProviderSettings } from './settings.ts';

/** Random values that bind an authorization to the browser that asked for it. */
export type FlowSecrets = { state: string; nonce: string; verifier: string };

export type SignInProvider = {
  id: string;
  name: string;
  /** Throws `UNAVAILABLE`. */
  buildUrl: (secrets: FlowSecrets) => Promise<string>;
  /** `answer`: the parameters of the callback. Throws `FORBIDDEN`, `INVALID_CREDENTIALS` and `UNAVAILABLE`. */
  redeem: (answer: URLSearchParams, secrets: FlowSecrets) => Promise<ProviderClaims>;
};

export type SignInProviders = {
  list: () => SignInProvider[];
  find: (id: string) => SignInProvider | undefined;
  /** Asks every provider for its metadata, so that a wrong setting shows in the log at the start. */
  check: () => Promise<void>;
};

async function fetchJson({ library, configuration }: Connection, token: string, url: string) {
  const headers = new Headers({ accept: 'application/json' });
  const target = new URL(url);
  const response = await library.fetchProtectedResource(
    configuration,
    token,
    target,
    'GET',
    undefined,
    headers,
  );
  const answer: unknown = response.ok ? await response.json() : undefined;
  if (answer !== undefined) return answer;
  const error = new Error('The provider refused to tell who the user is');
  throw Object.assign(error, { status: response.status });
}

/** GitHub and Discord tell who a token is for at an address of their own. */
async function fetchUser(
  { issuer, protocol, endpoints }: ProviderSettings,
  connection: Connection,
  token: string,
): Promise<ProviderClaims> {
  const user = await fetchJson(connection, token, endpoints?.user ?? '');
  if (protocol === 'discord') return readDiscordClaims(issuer, user);
  const emails = endpoints?.emails === undefined ? [] : await fetchJson(connection, token, endpoints.emails);
  return readGithubClaims(issuer, user, emails);
}

async function redeemCode(
  settings: ProviderSettings,
  connection: Connection,
  url: URL,
  { state, nonce, verifier }: FlowSecrets,
): Promise<ProviderClaims> {
  const { library, configuration } = connection;
  const isOidc = settings.protocol === 'oidc';
  const tokens = await library.authorizationCodeGrant(configuration, url, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    ...(isOidc && { expectedNonce: nonce, idTokenExpected: true }),
  });
  if (!isOidc) return fetchUser(settings, connection, tokens.access_token);
  const claims = tokens.claims();
  const isComplete = claims?.['email'] !== undefined || !configuration.serverMetadata().userinfo_endpoint;
  if (claims === undefined || isComplete) return readOidcClaims(claims, settings.addressProof);
  const user = await library.fetchUserInfo(configuration, tokens.access_token, claims.sub);
  return readOidcClaims({ ...claims, ...user, iss: claims.iss }, settings.addressProof);
}

function createProvider(settings: ProviderSettings, callbackUrl: string, logger: Logger): SignInProvider {
  const { id, name, protocol, scopes, responseMode } = settings;
  const getConnection = createConnector(settings);
  const report = (error: unknown, event: string, answer: AppError): AppError => {
    logger.warn({ provider: id, ...readFailure(error) }, event);
    return answer;
  };
  const run = async <T>(work: (connection: Connection) => Promise<T>): Promise<T> => {
    const connection = await getConnection().catch((error: unknown) => {
      throw report(error, 'the metadata of a provider cannot be used', createOutageError(name));
    });
    return work(connection).catch((error: unknown) => {
      throw report(error, 'a sign-in with a provider failed', toProviderError(error, name));
    });
  };
  return {
    id,
    name,
    buildUrl: ({ state, nonce, verifier }) =>
      run(async ({ library, configuration }) => {
        const url = library.buildAuthorizationUrl(configuration, {
          redirect_uri: callbackUrl,
          scope: scopes,
          state,
          code_challenge: await library.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          ...(protocol === 'oidc' && { nonce }),
          ...(responseMode !== 'query' && { response_mode: responseMode }),
        });
        return url.href;
      }),
    redeem: (answer, secrets) =>
      run((connection) =>
        redeemCode(settings, connection, new URL(`${callbackUrl}?${answer.toString()}`), secrets),
      ),
  };
}

type Options = { settings: ProviderSettings[]; publicUrl: string; logger: Logger };

export function createSignInProviders({ settings, publicUrl, logger }: Options): SignInProviders {
  const providers = new Map(
    settings.map((one) => {
      const callbackUrl = `${publicUrl}/api/auth/${one.id}/callback`;
      return [one.id, createProvider(one, callbackUrl, logger)];
    }),
  );
  const secrets = { state: 'check', nonce: 'check', verifier: 'check' };
  return {
    list: () => [...providers.values()],
    find: (id) => providers.get(id),
    check: async () => {
      for (const { id, buildUrl } of providers.values())
        await buildUrl(secrets).catch(() =>
          logger.error({ provider: id }, 'a provider of OIDC_PROVIDERS cannot be used'),
        );
    },
  };
}
