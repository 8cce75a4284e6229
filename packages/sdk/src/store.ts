import { isBrowserPage } from './browser.ts';
import { LinkgroveError, toError } from './errors.ts';

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

const createStoreError = (thrown: unknown): LinkgroveError =>
  new LinkgroveError(
    {
      code: 'NETWORK',
      status: 0,
      detail: `The session could not be read or stored: ${toError(thrown).message}`,
    },
    { cause: thrown, meta: undefined, shape: undefined },
  );

/** Runs a function of the app; everything that it throws becomes a `LinkgroveError`. */
export async function runAppCode<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw createStoreError(thrown);
  }
}

/** Undefined if the session is kept in cookies. */
export function openSessionStore(option: SessionOption | undefined): SessionStore | undefined {
  const chosen = option ?? (isBrowserPage() ? 'cookie' : 'token');
  if (chosen === 'cookie') return undefined;
  return chosen === 'token' ? createMemoryStore() : chosen;
}
