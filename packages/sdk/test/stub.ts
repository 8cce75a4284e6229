import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorCode, MemberError } from '@linkgrove/api/contract';
import { initTRPC, type TRPC_ERROR_CODE_KEY, TRPCError } from '@trpc/server';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';

/** A received request: the procedures it called, and its headers. */
export type Seen = { calls: string[]; method: string; headers: IncomingMessage['headers'] };

export type Stub = {
  url: string;
  /** All received requests, oldest first. */
  seen: Seen[];
  /** Returns how many times a procedure was called. */
  count: (name: string) => number;
  /** The current tokens of the session. */
  session: { access: string; refresh: string };
  /** Expires all access tokens issued so far. */
  expire: () => void;
  behaviour: {
    cookiePrefix: string;
    access: 'works' | 'refused';
    refresh: 'works' | 'refused' | 'down';
    slowMs: number;
    refreshMs: number;
    /** How many more calls of `account.me` are refused as busy, and after how many seconds to come back. */
    busyCalls: number;
    retryAfter: number | undefined;
    /** Whether a stream ends after two updates. */
    isStreamEnding: boolean;
  };
  close: () => Promise<void>;
};

type Context = { req: IncomingMessage; res: ServerResponse };

class Refusal extends TRPCError {
  readonly problem: { code: ErrorCode; status: number; errors?: MemberError[] };
  constructor(code: TRPC_ERROR_CODE_KEY, problem: Refusal['problem'], detail: string) {
    super({ code, message: detail });
    this.problem = problem;
  }
}

const refuse = (code: 'UNAUTHENTICATED' | 'SESSION_EXPIRED' | 'INVALID_CREDENTIALS', detail = 'No') =>
  new Refusal('UNAUTHORIZED', { code, status: 401 }, detail);
const user = { id: '018f', username: 'ada' };

/**
 * Starts a server with the API's wire format and one user, whose session a test can end, break and delay.
 * `auth.verifyEmail` fails with invalid input, `auth.forgotPassword` is rate limited, `auth.resetPassword` rejects the
 * password.
 */
export async function startStub(): Promise<Stub> {
  const t = initTRPC.context<Context>().create({
    isDev: false,
    errorFormatter: ({ error, shape, ctx }) => {
      const problem = error instanceof Refusal ? error.problem : { code: 'INTERNAL', status: 500 };
      const requestId = String(ctx?.res.getHeader('x-request-id'));
      return { ...shape, data: { type: 'urn:x', title: 'No', detail: error.message, requestId, ...problem } };
    },
  });
  let serial = 0;
  const seen: Seen[] = [];
  const session = { access: 'none yet', refresh: 'none yet' };
  const behaviour: Stub['behaviour'] = {
    cookiePrefix: '',
    access: 'works',
    refresh: 'works',
    slowMs: 0,
    refreshMs: 20,
    busyCalls: 0,
    retryAfter: undefined,
    isStreamEnding: false,
  };

  const isTokenSession = ({ req }: Context) => req.headers['linkgrove-session'] === 'token';
  const answerSignedIn = (ctx: Context) => {
    serial += 1;
    Object.assign(session, { access: `access-${serial}`, refresh: `refresh-${serial}` });
    const { res } = ctx;
    if (isTokenSession(ctx)) res.setHeader('linkgrove-refresh-token', session.refresh);
    else
      for (const name of ['access', 'refresh'] as const) {
        const cookie = `${behaviour.cookiePrefix}${name}_token=${session[name]}`;
        res.appendHeader(
          'set-cookie',
          `${cookie}; Max-Age=900; Path=/; HttpOnly${behaviour.cookiePrefix && '; Secure'}; SameSite=Lax`,
        );
      }
    return { user, accessToken: session.access, tokenType: 'Bearer', expiresIn: 900 };
  };
  const cookieOf = ({ req }: Context, name: string) =>
    new RegExp(`(?:^|; )${behaviour.cookiePrefix}${name}=([^;]*)`).exec(req.headers.cookie ?? '')?.[1];

  const signedIn = t.procedure.use(async ({ ctx, next }) => {
    const token = ctx.req.headers.authorization?.slice(7) ?? cookieOf(ctx, 'access_token');
    const isRight = token === session.access && behaviour.access === 'works';
    await sleep(behaviour.slowMs);
    if (!isRight)
      throw refuse(token ? 'SESSION_EXPIRED' : 'UNAUTHENTICATED', `Refused ${token ?? 'nothing'}`);
    return next();
  });
  const busyAtTimes = signedIn.use(({ ctx, next }) => {
    if (behaviour.busyCalls === 0) return next();
    behaviour.busyCalls -= 1;
    if (behaviour.retryAfter !== undefined) ctx.res.setHeader('retry-after', behaviour.retryAfter);
    throw new Refusal('SERVICE_UNAVAILABLE', { code: 'UNAVAILABLE', status: 503 }, 'Busy');
  });
  const withInput = t.procedure.input((value: unknown) => value as Record<string, string>);

  const router = t.router({
    auth: {
      register: withInput.mutation(({ ctx }) => answerSignedIn(ctx)),
      login: withInput.mutation(({ ctx, input }) => {
        if (input['password'] === 'wrong') throw refuse('INVALID_CREDENTIALS', 'Wrong password');
        return answerSignedIn(ctx);
      }),
      refresh: t.procedure.mutation(async ({ ctx }) => {
        await sleep(behaviour.refreshMs);
        if (behaviour.refresh === 'down') {
          throw new Refusal('SERVICE_UNAVAILABLE', { code: 'UNAVAILABLE', status: 503 }, 'Busy');
        }
        const token = isTokenSession(ctx)
          ? ctx.req.headers['linkgrove-refresh-token']
          : cookieOf(ctx, 'refresh_token');
        if (!token) throw refuse('UNAUTHENTICATED', 'Please sign in');
        if (behaviour.refresh === 'refused' || token !== session.refresh)
          throw refuse('SESSION_EXPIRED', 'Over');
        return answerSignedIn(ctx);
      }),
      logout: t.procedure.mutation(() => {}),
      resendVerification: signedIn.mutation(() => ({ accepted: true })),
      resetPassword: withInput.mutation(() => {
        throw refuse('INVALID_CREDENTIALS', 'Wrong password');
      }),
      verifyEmail: withInput.mutation(() => {
        const errors = [{ path: 'token', message: 'Is too short', code: 'too_small' }];
        const problem = { code: 'VALIDATION_FAILED' as const, status: 400, errors };
        throw new Refusal('BAD_REQUEST', problem, 'token: Is too short');
      }),
      forgotPassword: withInput.mutation(({ ctx }) => {
        ctx.res.setHeader('retry-after', '7');
        throw new Refusal('TOO_MANY_REQUESTS', { code: 'RATE_LIMITED', status: 429 }, 'Slow down');
      }),
    },
    account: { me: busyAtTimes.query(() => user) },
    analytics: {
      live: signedIn
        .input((value: unknown) => value as { id: string; cursor?: string })
        .subscription(async function* ({ input, signal }) {
          if (input.id === 'not mine')
            throw new Refusal('NOT_FOUND', { code: 'NOT_FOUND', status: 404 }, 'Nothing here');
          const first = Number(input.cursor ?? 0);
          for (let n = first + 1; n <= first + 2; n += 1)
            yield { visitors: n, events: [], cursor: String(n) };
          if (!behaviour.isStreamEnding) await sleep(60_000, undefined, { signal }).catch(() => {});
        }),
    },
  });

  const handle = createHTTPHandler({
    router,
    basePath: '/trpc/',
    maxBatchSize: 10,
    createContext: ({ req, res }) => ({ req, res }),
  });
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://stub').pathname;
    const calls = path.replace('/trpc/', '').split(',');
    seen.push({ calls, method: request.method ?? '', headers: request.headers });
    response.setHeader('x-request-id', `request-${seen.length}`);
    if (path.startsWith('/trpc/')) return handle(request, response);
    // Answers to a wrong base URL: plain problem details, and a proxy's error page.
    if (path.startsWith('/api/')) {
      response.writeHead(404, { 'content-type': 'application/problem+json' });
      const problem = { code: 'NOT_FOUND', status: 404, detail: 'Nothing here', requestId: 'bare' };
      return response.end(JSON.stringify(problem));
    }
    response.writeHead(502, { 'content-type': 'text/html' });
    return response.end('<h1>Bad gateway</h1>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    session,
    behaviour,
    count: (name) => seen.flatMap(({ calls }) => calls).filter((call) => call === name).length,
    expire: () => {
      session.access = 'a newer one';
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Returns a `fetch` with a cookie jar like a browser's, hidden from the client, and the requests it made. */
export function createBrowserFetch() {
  const jar = new Map<string, string>();
  const requests: RequestInit[] = [];
  const fetchWithJar = async (url: string, init: RequestInit = {}): Promise<Response> => {
    requests.push(init);
    const headers = new Headers(init.headers);
    // A browser ignores a cookie header set by a script.
    headers.delete('cookie');
    if (jar.size) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    const response = await fetch(url, { ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';', 1)[0] ?? '').split('=', 2);
      jar.set(name, value);
    }
    const visible = new Headers(response.headers);
    visible.delete('set-cookie');
    return new Response(response.body, { status: response.status, headers: visible });
  };
  return { fetch: fetchWithJar, requests, jar };
}
