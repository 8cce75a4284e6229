import { LinkgroveError } from './errors.ts';
import type { SessionStore, SessionTokens } from './store.ts';

export type Answer = { data: unknown; response: Response };

export type Send<A extends Answer> = (tokens: SessionTokens | null) => Promise<A>;

export type Call<A extends Answer> = { path: string; send: Send<A>; refresh: Send<A> };

type Snapshot = { signIns: number; renewals: number; tokens: SessionTokens | null };

const SESSION_CALLS = new Set(['auth.register', 'auth.login', 'auth.logout']);
const REFRESH_COOKIE = /(?:^|[,\s])(?:__Host-)?refresh_token=([^;,\s]+)/;

/** Whether the server rejected the session, as opposed to a password in the input. */
const isSessionRefusal = (error: unknown): boolean =>
  error instanceof LinkgroveError && (error.code === 'UNAUTHENTICATED' || error.code === 'SESSION_EXPIRED');

function toSessionTokens({ data, response: { headers, status } }: Answer): SessionTokens {
  const accessToken = typeof data === 'object' && data && 'accessToken' in data && data.accessToken;
  if (typeof accessToken !== 'string')
    throw new LinkgroveError({ code: 'NETWORK', status, detail: 'The response has no access token' });
  // React Native has no `getSetCookie`; its `get` joins the lines.
  const lines = headers.getSetCookie?.().join(', ') ?? headers.get('set-cookie') ?? '';
  return { accessToken, refreshToken: REFRESH_COOKIE.exec(lines)?.[1] };
}

export class Session {
  readonly #store: SessionStore | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #signIns = 0;
  #renewals = 0;
  #lastRenewal = Promise.resolve(false);

  constructor(store: SessionStore | undefined) {
    this.#store = store;
  }

  async run<A extends Answer>({ path, send, refresh }: Call<A>): Promise<A> {
    if (path === 'auth.refresh') return this.#inTurn(() => this.#refresh(send));
    if (SESSION_CALLS.has(path)) return this.#inTurn(() => this.#change(path, send));
    const snapshot = await this.#takeSnapshot();
    try {
      return await send(snapshot.tokens);
    } catch (error) {
      if (!isSessionRefusal(error) || !(await this.#inTurn(() => this.#renew(snapshot, refresh))))
        throw error;
    }
    return send(await this.#readTokens());
  }

  // Runs one after another, so that a refresh and a sign-in cannot overwrite each other's tokens.
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  async #readTokens(): Promise<SessionTokens | null> {
    return (await this.#store?.get()) ?? null;
  }

  async #takeSnapshot(): Promise<Snapshot> {
    return { signIns: this.#signIns, renewals: this.#renewals, tokens: await this.#readTokens() };
  }

  async #change<A extends Answer>(path: string, send: Send<A>): Promise<A> {
    const answer = await send(await this.#readTokens());
    this.#signIns += 1;
    await this.#store?.set(path === 'auth.logout' ? null : toSessionTokens(answer));
    return answer;
  }

  async #renew<A extends Answer>(snapshot: Snapshot, refresh: Send<A>): Promise<boolean> {
    if (snapshot.signIns !== this.#signIns) return false;
    if (snapshot.renewals !== this.#renewals) return this.#lastRenewal;
    if (this.#store) {
      const tokens = await this.#readTokens();
      if (!tokens?.refreshToken || !snapshot.tokens) return false;
      // Another client that shares the store has refreshed already.
      if (tokens.accessToken !== snapshot.tokens.accessToken) return true;
    }
    await this.#refresh(refresh).catch(() => undefined);
    return this.#lastRenewal;
  }

  #refresh<A extends Answer>(send: Send<A>): Promise<A> {
    const answer = this.#exchange(send).finally(() => (this.#renewals += 1));
    this.#lastRenewal = answer.then(
      () => true,
      (error: unknown) => {
        if (isSessionRefusal(error)) return false;
        // The session may still be valid, so callers get the outage, not an expired session.
        throw error;
      },
    );
    this.#lastRenewal.catch(() => undefined);
    return answer;
  }

  async #exchange<A extends Answer>(send: Send<A>): Promise<A> {
    const before = await this.#readTokens();
    try {
      const answer = await send(before);
      await this.#replace(before, toSessionTokens(answer));
      return answer;
    } catch (error) {
      if (isSessionRefusal(error)) await this.#replace(before, null);
      throw error;
    }
  }

  // Does nothing if the store was changed in the meantime, for example by a sign-out.
  async #replace(before: SessionTokens | null, after: SessionTokens | null): Promise<void> {
    if (!this.#store || (await this.#readTokens())?.refreshToken !== before?.refreshToken) return;
    await this.#store.set(after);
  }
}
