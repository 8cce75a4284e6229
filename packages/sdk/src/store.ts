/** What a token session consists of. Without `refreshToken` it ends with its access token, after 15 minutes. */
export type SessionTokens = { accessToken: string; refreshToken?: string | undefined };

/**
 * Where a token session is kept: memory unless you say otherwise, on a phone its keychain, for a command-line
 * tool a file that only its user can read. Both tokens are secrets. Several clients or processes may share a
 * store; `get` is asked before every call, so let it be quick.
 */
export type SessionStore = {
  /** The tokens stored last, or null when signed out. */
  get(): SessionTokens | null | Promise<SessionTokens | null>;
  /** Replaces the tokens, after sign-in and refresh; null after sign-out and when the session has ended. */
  set(tokens: SessionTokens | null): void | Promise<void>;
};

/** Where a client keeps its session: the browser's cookies, memory, or a store of your own. */
export type SessionOption = 'cookie' | 'token' | SessionStore;

function memoryStore(): SessionStore {
  let stored: SessionTokens | null = null;
  return {
    get: () => stored,
    set: (tokens) => {
      stored = tokens;
    },
  };
}

const isBrowserPage = (): boolean => 'window' in globalThis && 'document' in globalThis;

/** The store behind an option; undefined means that the browser keeps the session in cookies. */
export function openSessionStore(option: SessionOption | undefined): SessionStore | undefined {
  const chosen = option ?? (isBrowserPage() ? 'cookie' : 'token');
  if (chosen === 'cookie') return undefined;
  return chosen === 'token' ? memoryStore() : chosen;
}
