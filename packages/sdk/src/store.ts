/** The tokens of a session. Without `refreshToken` the session ends with the access token, after 15 minutes. */
export type SessionTokens = { accessToken: string; refreshToken?: string | undefined };

/**
 * Storage for a token session, such as a phone's keychain or a file that only its user can read. Both tokens are secrets.
 * Several clients or processes may share a store. `get` is called before every call, so it should be fast.
 */
export type SessionStore = {
  /** Returns the stored tokens, or null if signed out. */
  get(): SessionTokens | null | Promise<SessionTokens | null>;
  /** Stores the tokens after a sign-in or refresh; null after a sign-out or when the session has expired. */
  set(tokens: SessionTokens | null): void | Promise<void>;
};

/** Where a client keeps its session: the browser's cookies, memory, or your own store. */
export type SessionOption = 'cookie' | 'token' | SessionStore;

function createMemoryStore(): SessionStore {
  let stored: SessionTokens | null = null;
  return {
    get: () => stored,
    set: (tokens) => {
      stored = tokens;
    },
  };
}

const isBrowserPage = (): boolean => 'window' in globalThis && 'document' in globalThis;

/** Returns the store for an option; undefined means that the browser keeps the session in cookies. */
export function openSessionStore(option: SessionOption | undefined): SessionStore | undefined {
  const chosen = option ?? (isBrowserPage() ? 'cookie' : 'token');
  if (chosen === 'cookie') return undefined;
  return chosen === 'token' ? createMemoryStore() : chosen;
}
