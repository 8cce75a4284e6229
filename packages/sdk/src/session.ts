import { LinkgroveError } from './errors.ts';
import { runAppCode, type SessionStore, type SessionTokens } from './store.ts';
import { REFRESH_HEADER } from './transport.ts';

export type Answer = { data: unknown; response: Response | undefined };

export type Send<A extends Answer> = (tokens: SessionTokens | null) => Promise<A>;

export type Call<A extends Answer> = { path: string; send: Send<A>; refresh: Send<A> };

/** `pointless` without a session; `read-only` if new cookies could not be handed on and would be lost. */
export type Renewal = 'possible' | 'pointless' | 'read-only';

export type SessionEndReason = 'signed-out' | 'expired';

export type SessionKeeping = {
  store: SessionStore | undefined;
  /** Looks at the cookies; not asked if there is a store. */
  checkRenewal: (isKnown: boolean) => Promise<Renewal>;
  onEnd: (reason: SessionEndReason) => void;
  /** Called when the server has refused the refresh token, whether or not there was a session. */
  onRefusal: () => void | Promise<void>;
};

type Snapshot = { signIns: number; renewals: number; tokens: SessionTokens | null };

const SIGN_INS = new Set([
  'auth.register',
  'auth.login',
  'auth.completeSignUp',
  'auth.loginMfa',
  'passkeys.authenticate',
  'auth.verifyLoginLink',
]);
const ENDINGS = new Set(['auth.logout', 'account.delete']);
const IN_TURN = new Set([...SIGN_INS, 'auth.logout']);

/** Whether the server rejected the session, as opposed to a password in the input. */
const isSessionRefusal = (error: unknown): boolean =>
  error instanceof LinkgroveError && (error.code === 'UNAUTHENTICATED' || error.code === 'SESSION_EXPIRED');

const createReadOnlyError = (): LinkgroveError =>
  new LinkgroveError({
    code: 'UNAUTHENTICATED',
    status: 401,
    detail: 'The access token has ended, and this client cannot hand on the cookies of a refresh',
  });

function toSessionTokens({ data, response }: Answer): SessionTokens {
  const accessToken = typeof data === 'object' && data && 'accessToken' in data && data.accessToken;
  if (typeof accessToken !== 'string') {
    const detail = 'The response has no access token';
    throw new LinkgroveError({ code: 'NETWORK', status: response?.status ?? 0, detail });
  }
  return { accessToken, refreshToken: response?.headers.get(REFRESH_HEADER) ?? undefined };
}

export class Session {
  readonly #keeping: SessionKeeping;
  #tail: Promise<unknown> = Promise.resolve();
  #signIns = 0;
  #renewals = 0;
  #lastRenewal = Promise.resolve(false);
  /** Whether this client has signed in or refreshed, and not heard of an end since. */
  #isKnown = false;

  constructor(keeping: SessionKeeping) {
    this.#keeping = keeping;
  }

  async run<A extends Answer>({ path, send, refresh }: Call<A>): Promise<A> {
    if (path === 'auth.refresh') return this.#inTurn(() => this.#refreshOnRequest(send));
    if (IN_TURN.has(path)) return this.#inTurn(() => this.#change(path, send));
    const answer = await this.#sendRenewed(send, refresh);
    if (ENDINGS.has(path)) await this.#end();
    return answer;
  }

  async #sendRenewed<A extends Answer>(send: Send<A>, refresh: Send<A>): Promise<A> {
    const snapshot = await this.#takeSnapshot();
    try {
      return await send(snapshot.tokens);
    } catch (error) {
      if (!isSessionRefusal(error)) throw error;
      if (!(await this.#inTurn(() => this.#renew(snapshot, refresh)))) throw error;
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
    const { store } = this.#keeping;
    return store ? runAppCode(() => store.get()) : null;
  }

  async #writeTokens(tokens: SessionTokens | null): Promise<void> {
    const { store } = this.#keeping;
    if (store) await runAppCode(() => store.set(tokens));
  }

  async #takeSnapshot(): Promise<Snapshot> {
    return { signIns: this.#signIns, renewals: this.#renewals, tokens: await this.#readTokens() };
  }

  async #change<A extends Answer>(path: string, send: Send<A>): Promise<A> {
    const answer = await send(await this.#readTokens());
    this.#signIns += 1;
    if (ENDINGS.has(path)) {
      await this.#end();
      return answer;
    }
    await this.#writeTokens(this.#keeping.store ? toSessionTokens(answer) : null);
    this.#isKnown = true;
    return answer;
  }

  async #end(): Promise<void> {
    await this.#writeTokens(null);
    this.#isKnown = false;
    this.#keeping.onEnd('signed-out');
  }

  async #renew<A extends Answer>(snapshot: Snapshot, refresh: Send<A>): Promise<boolean> {
    if (snapshot.signIns !== this.#signIns) return false;
    if (snapshot.renewals !== this.#renewals) return this.#lastRenewal;
    if (this.#keeping.store) {
      const tokens = await this.#readTokens();
      if (!tokens?.refreshToken || !snapshot.tokens) return false;
      // Another client that shares the store has refreshed already.
      if (tokens.accessToken !== snapshot.tokens.accessToken) return true;
    } else {
      const renewal = await this.#keeping.checkRenewal(this.#isKnown);
      if (renewal === 'read-only') throw createReadOnlyError();
      if (renewal === 'pointless') return false;
    }
    await this.#refresh(refresh).catch(() => undefined);
    return this.#lastRenewal;
  }

  async #refreshOnRequest<A extends Answer>(send: Send<A>): Promise<A> {
    const { store, checkRenewal } = this.#keeping;
    if (!store && (await checkRenewal(true)) === 'read-only') throw createReadOnlyError();
    return this.#refresh(send);
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
      if (this.#keeping.store) await this.#replace(before, toSessionTokens(answer));
      this.#isKnown = true;
      return answer;
    } catch (error) {
      if (isSessionRefusal(error)) await this.#expire(before, error);
      throw error;
    }
  }

  async #expire(before: SessionTokens | null, error: unknown): Promise<void> {
    const hadSession =
      this.#isKnown ||
      before !== null ||
      (error instanceof LinkgroveError && error.code === 'SESSION_EXPIRED');
    this.#isKnown = false;
    if (!(await this.#replace(before, null))) return;
    await this.#keeping.onRefusal();
    if (hadSession) this.#keeping.onEnd('expired');
  }

  // Does nothing if the store was changed in the meantime, for example by a sign-out.
  async #replace(before: SessionTokens | null, after: SessionTokens | null): Promise<boolean> {
    if ((await this.#readTokens())?.refreshToken !== before?.refreshToken) return false;
    await this.#writeTokens(after);
    return true;
  }
}
