import type { Configuration } from 'openid-client';
import type { Logger } from '../observability/logger.ts';
import { AppError } from '../errors.ts';
import { signAppleSecret } from './apple-secret.ts';
import { type ProviderClaims, readDiscordClaims, readGithubClaims, readOidcClaims } from './claims.ts';
import type { ProviderSettings } from './settings.ts';

/** Of each request to a provider. */
const TIMEOUT_SECONDS = 5;
const DISCOVERY_HOURS = 24;
/** A provider that does not answer is not asked again for each sign-in. */
const RETRY_SECONDS = 10;
const HOUR_MS = 3_600_000;

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

type Library = typeof import('openid-client');
type Connection = { library: Library; configuration: Configuration };

const usesHttp = ({ issuer, endpoints }: ProviderSettings): boolean =>
  [issuer, endpoints?.token].some((address) => address?.startsWith('http:'));

/** Loaded at the first use, as most installations have no providers. */
async function connect(settings: ProviderSettings): Promise<Connection> {
  const library = await import('openid-client');
  const { issuer, clientId, clientSecret: given, endpoints } = settings;
  const secret = typeof given === 'string' ? given : await signAppleSecret(given, clientId);
  const setUp = usesHttp(settings) ? [library.allowInsecureRequests] : [];
  if (settings.protocol === 'oidc') {
    const options = { timeout: TIMEOUT_SECONDS, execute: [...setUp, library.enableNonRepudiationChecks] };
    return { library, configuration: await library.discovery(new URL(issuer), clientId, secret, undefined, options) };
  }
  const server = {
    issuer,
    authorization_endpoint: endpoints?.authorization ?? '',
    token_endpoint: endpoints?.token ?? '',
  };
  const configuration = new library.Configuration(server, clientId, secret);
  configuration.timeout = TIMEOUT_SECONDS;
  for (const extension of setUp) extension(configuration);
  return { library, configuration };
}

const readCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined;
const readStatus = (error: unknown): number =>
  error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 0;

/** No answer, or one that says that the provider itself has a problem. */
function isOutage(error: unknown): boolean {
  const { cause } = error instanceof Error ? error : {};
  const statuses = [readStatus(error), cause instanceof Response ? cause.status : 0];
  return (
    statuses.some((status) => status >= 500) ||
    readCode(error) === 'OAUTH_TIMEOUT' ||
    readCode(error) === 'OAUTH_ABORT' ||
    (error instanceof TypeError && error.message === 'fetch failed')
  );
}

const isRefusedByUser = (error: unknown): boolean =>
  error instanceof Error && 'error' in error && error.error === 'access_denied';

const createOutageError = (name: string): AppError =>
  new AppError('UNAVAILABLE', `${name} cannot be reached. Try again shortly.`, {
    retryAfterSeconds: RETRY_SECONDS,
  });

function toAppError(error: unknown, name: string): AppError {
  if (error instanceof AppError) return error;
  if (isOutage(error)) return createOutageError(name);
  if (isRefusedByUser(error)) return new AppError('FORBIDDEN', `You did not allow it at ${name}`);
  return new AppError('INVALID_CREDENTIALS', `${name} did not confirm the sign-in. Try again.`);
}

function createProvider(settings: ProviderSettings, callbackUrl: string, logger: Logger): SignInProvider {
  const { id, name, protocol, scopes, responseMode, addressProof } = settings;
  let connection: { made: Promise<Connection>; until: number } | undefined;

  const getConnection = async (): Promise<Connection> => {
    if (!connection || connection.until < Date.now()) {
      const made = connect(settings);
      const entry = { made, until: Date.now() + DISCOVERY_HOURS * HOUR_MS };
      made.catch(() => (entry.until = Date.now() + RETRY_SECONDS * 1_000));
      connection = entry;
    }
    return connection.made;
  };

  /** Logs the name of the failure only: its cause may contain tokens. */
  const report = (error: unknown, event: string, answer: AppError): AppError => {
    const failure = error instanceof Error ? { code: readCode(error), reason: error.message } : {};
    logger.warn({ provider: id, ...failure }, event);
    return answer;
  };

  const run = async <T>(work: (connection: Connection) => Promise<T>): Promise<T> => {
    const made = await getConnection().catch((error: unknown) => {
      throw report(error, 'the metadata of a provider cannot be used', createOutageError(name));
    });
    return work(made).catch((error: unknown) => {
      throw report(error, 'a sign-in with a provider failed', toAppError(error, name));
    });
  };

  const fetchJson = async ({ library, configuration }: Connection, token: string, url: string): Promise<unknown> => {
    const headers = new Headers({ accept: 'application/json' });
    const response = await library.fetchProtectedResource(configuration, token, new URL(url), 'GET', undefined, headers);
    if (response.ok) return response.json();
    throw Object.assign(new Error('The provider refused to tell who the user is'), { status: response.status });
  };

  const readUser = async (made: Connection, token: string): Promise<ProviderClaims> => {
    const { issuer, endpoints } = settings;
    const user = await fetchJson(made, token, endpoints?.user ?? '');
    if (protocol === 'discord') return readDiscordClaims(issuer, user);
    const emails = endpoints?.emails === undefined ? [] : await fetchJson(made, token, endpoints.emails);
    return readGithubClaims(issuer, user, emails);
  };

  return {
    id,
    name,
    buildUrl: ({ state, nonce, verifier }) =>
      run(async ({ library, configuration }) => {
        const isOidc = protocol === 'oidc';
        return library.buildAuthorizationUrl(configuration, {
          redirect_uri: callbackUrl,
          scope: scopes,
          state,
          code_challenge: await library.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          ...(isOidc && { nonce }),
          ...(responseMode !== 'query' && { response_mode: responseMode }),
        }).href;
      }),
    redeem: (answer, { state, nonce, verifier }) =>
      run(async (made) => {
        const { library, configuration } = made;
        const url = new URL(`${callbackUrl}?${answer}`);
        const isOidc = protocol === 'oidc';
        const tokens = await library.authorizationCodeGrant(configuration, url, {
          pkceCodeVerifier: verifier,
          expectedState: state,
          ...(isOidc && { expectedNonce: nonce, idTokenExpected: true }),
        });
        if (!isOidc) return readUser(made, tokens.access_token);
        const claims = tokens.claims();
        const isComplete = claims?.['email'] !== undefined || !configuration.serverMetadata().userinfo_endpoint;
        if (claims === undefined || isComplete) return readOidcClaims(claims, addressProof);
        const user = await library.fetchUserInfo(configuration, tokens.access_token, claims.sub);
        return readOidcClaims({ ...claims, ...user, iss: claims.iss }, addressProof);
      }),
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
