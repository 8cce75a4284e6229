/** Without `refreshToken` the session ends with the access token, after 15 minutes. */
export type SessionTokens = { accessToken: string; refreshToken?: string | undefined };

/** Both tokens are secrets. Clients and processes may share a store. `get` runs before every call: keep it fast. */
export type SessionStore = {
  get(): SessionTokens | null | Promise<SessionTokens | null>;
  /** Null after a sign-out or when the session has expired. */
  set(tokens: SessionTokens | null): void | Promise<void>;
};

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

export function openSessionStore(option: SessionOption | undefined): SessionStore | undefined {
  const chosen = option ?? (isBrowserPage() ? 'cookie' : 'token');
  if (chosen === 'cookie') return undefined;
  return chosen === 'token' ? createMemoryStore() : chosen;
}
