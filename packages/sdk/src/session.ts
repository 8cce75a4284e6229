import { LinkgroveError } from './errors.ts';
import type { SessionStore, SessionTokens } from './store.ts';

/** A sent call's data and the answer that brought it. */
export type Answer = { data: unknown; response: Response };

/** Sends one call with these credentials. Rejects with a `LinkgroveError`. */
export type Send<A extends Answer> = (tokens: SessionTokens | null) => Promise<A>;

/** A call as the session sees it: how to send it, and how to send a refresh. */
export type Call<A extends Answer> = { path: string; send: Send<A>; refresh: Send<A> };

type Seen = { signIns: number; renewals: number; tokens: SessionTokens | null };

/** The calls that begin or end a session; they answer for themselves and are never repeated. */
const CHANGES = new Set(['auth.register', 'auth.login', 'auth.logout']);
const REFRESH_COOKIE = /(?:^|[,\s])(?:__Host-)?refresh_token=([^;,\s]+)/;

/** Whether the server does not take the session, rather than the password that was sent. */
const isSessionRefusal = (error: unknown): boolean =>
  error instanceof LinkgroveError && (error.code === 'UNAUTHENTICATED' || error.code === 'SESSION_EXPIRED');

function tokensOf({ data, response: { headers } }: Answer): SessionTokens {
  const { accessToken } = data as { accessToken: string };
  // React Native joins the lines in `get` and has no `getSetCookie`.
  const lines = headers.getSetCookie?.().join(', ') ?? headers.get('set-cookie') ?? '';
  return { accessToken, refreshToken: REFRESH_COOKIE.exec(lines)?.[1] };
}

/** Sends calls with the session's credentials and keeps the session alive. Without a store, cookies do. */
export class Session {
  readonly #store: SessionStore | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #signIns = 0;
  #renewals = 0;
  #lastRenewal = Promise.resolve(false);

  constructor(store: SessionStore | undefined) {
    this.#store = store;
  }

  /** Sends a call; when the server does not take the session, renews it and sends the call once more. */
  async run<A extends Answer>({ path, send, refresh }: Call<A>): Promise<A> {
    if (path === 'auth.refresh') return this.#inTurn(() => this.#refresh(send));
    if (CHANGES.has(path)) return this.#inTurn(() => this.#change(path, send));
    const seen = await this.#look();
    try {
      return await send(seen.tokens);
    } catch (error) {
      if (!isSessionRefusal(error) || !(await this.#inTurn(() => this.#renew(seen, refresh)))) throw error;
    }
    return send(await this.#tokens());
  }

  // One after another, so that the answers of a sign-in and a refresh cannot overtake each other.
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  async #tokens(): Promise<SessionTokens | null> {
    return (await this.#store?.get()) ?? null;
  }

  async #look(): Promise<Seen> {
    return { signIns: this.#signIns, renewals: this.#renewals, tokens: await this.#tokens() };
  }

  async #change<A extends Answer>(path: string, send: Send<A>): Promise<A> {
    const answer = await send(await this.#tokens());
    this.#signIns += 1;
    await this.#store?.set(path === 'auth.logout' ? null : tokensOf(answer));
    return answer;
  }

  /** Whether a call that was refused may be repeated, as the same person. */
  async #renew<A extends Answer>(seen: Seen, refresh: Send<A>): Promise<boolean> {
    if (seen.signIns !== this.#signIns) return false;
    if (seen.renewals !== this.#renewals) return this.#lastRenewal;
    if (this.#store) {
      const tokens = await this.#tokens();
      if (!tokens?.refreshToken || !seen.tokens) return false;
      // Whoever shares the store was faster.
      if (tokens.accessToken !== seen.tokens.accessToken) return true;
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
        // The session may well be alive: callers should hear of the outage, not of a session's end.
        throw error;
      },
    );
    this.#lastRenewal.catch(() => undefined);
    return answer;
  }

  async #exchange<A extends Answer>(send: Send<A>): Promise<A> {
    const before = await this.#tokens();
    try {
      const answer = await send(before);
      await this.#replace(before, tokensOf(answer));
      return answer;
    } catch (error) {
      if (isSessionRefusal(error)) await this.#replace(before, null);
      throw error;
    }
  }

  // Whoever emptied or filled the store in the meantime meant it.
  async #replace(before: SessionTokens | null, after: SessionTokens | null): Promise<void> {
    if (!this.#store || (await this.#tokens())?.refreshToken !== before?.refreshToken) return;
    await this.#store.set(after);
  }
}
