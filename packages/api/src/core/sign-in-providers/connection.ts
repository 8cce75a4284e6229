import type { Configuration } from 'openid-client';
import { signAppleSecret } from './apple-secret.ts';
import type { ProviderSettings } from './settings.ts';

/** For each request to a provider. */
const TIMEOUT_SECONDS = 5;
const DISCOVERY_HOURS = 24;
/** A provider that does not answer is not asked again for each sign-in. */
export const RETRY_SECONDS = 10;
const HOUR_MS = 3_600_000;

type Library = typeof import('openid-client');
export type Connection = { library: Library; configuration: Configuration };

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
    const configuration = await library.discovery(new URL(issuer), clientId, secret, undefined, options);
    return { library, configuration };
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

/** Keeps what a provider says about itself for a day, and a failure for some seconds. */
export function createConnector(settings: ProviderSettings): () => Promise<Connection> {
  let connection: { made: Promise<Connection>; until: number } | undefined;
  return () => {
    if (connection && connection.until > Date.now()) return connection.made;
    const made = connect(settings);
    const entry = { made, until: Date.now() + DISCOVERY_HOURS * HOUR_MS };
    made.catch(() => (entry.until = Date.now() + RETRY_SECONDS * 1_000));
    connection = entry;
    return made;
  };
}
