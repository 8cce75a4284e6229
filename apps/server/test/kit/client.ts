import { cookieHeader, newPerson, PASSWORD, type SignedUp } from './people.ts';

export type CallOptions = {
  body?: unknown;
  token?: string;
  cookie?: string;
  headers?: Record<string, string>;
};

// Tests look into answers freely.
// oxlint-disable-next-line typescript/no-explicit-any
export type Answer = { status: number; body: any; headers: Headers; cookies: Record<string, string> };

const readCookies = (headers: Headers): Record<string, string> =>
  Object.fromEntries(
    headers.getSetCookie().map((line) => (line.split(';', 1)[0] ?? '').split('=', 2) as [string, string]),
  );

const parseText = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

export async function call(
  url: string,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<Answer> {
  const { body, token, cookie, headers = {} } = options;
  const response = await fetch(`${url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token && { authorization: `Bearer ${token}` }),
      ...(cookie && { cookie }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return {
    status: response.status,
    body: parseText(await response.text()),
    headers: response.headers,
    cookies: readCookies(response.headers),
  };
}

/** Registers a new person and returns them signed in. Throws with the server's answer if it refuses. */
export async function signUpPerson(url: string, overrides: Record<string, unknown> = {}): Promise<SignedUp> {
  const person = { ...newPerson(), ...overrides };
  const { status, body, cookies } = await call(url, 'POST', '/api/register', { body: person });
  if (status !== 201) throw new Error(`Sign-up answered ${status}: ${JSON.stringify(body)}`);
  return { ...person, user: body.user, token: body.accessToken, cookie: cookieHeader(cookies) };
}

type User = Pick<SignedUp, 'token'>;

/** The requests that tests send most, to the server at `url`. */
export function createClient(url: string) {
  const post = (path: string, body?: unknown, options: CallOptions = {}): Promise<Answer> =>
    call(url, 'POST', path, { body, ...options });
  const as = ({ token }: User, method: string, path: string, body?: unknown, headers = {}): Promise<Answer> =>
    call(url, method, path, { token, body, headers });
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
  const ask = async (user: User, method: string, path: string, body?: unknown): Promise<any> => {
    const answer = await as(user, method, path, body);
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  };
  return {
    url,
    call: (method: string, path: string, options?: CallOptions) => call(url, method, path, options),
    get: (path: string, options?: CallOptions) => call(url, 'GET', path, options),
    post,
    /** Sends a request with the user's access token. */
    as,
    /** The same with the body of the answer, which must be a success. */
    ask,
    /** Registers a new person, changed by `change`; the server may refuse. */
    register: (change: object = {}, options: CallOptions = {}) =>
      post('/api/register', { ...newPerson(), ...change }, options),
    signUp: (overrides?: Record<string, unknown>) => signUpPerson(url, overrides),
    login: (identifier: string, password = PASSWORD, options: CallOptions = {}) =>
      post('/api/login', { identifier, password }, options),
    suspendUser: (admin: User, { user }: SignedUp, reason = 'A test') =>
      as(admin, 'POST', `/api/admin/users/${user.id}/suspend`, { reason }),
    restoreUser: (admin: User, { user }: SignedUp) =>
      as(admin, 'POST', `/api/admin/users/${user.id}/restore`),
  };
}
export type Client = ReturnType<typeof createClient>;
