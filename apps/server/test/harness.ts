import { type App, createApp, createLogger, type Env } from '@linkgrove/api';
import { cloneDatabase } from '@linkgrove/db/testing';
import { startWorker } from '@linkgrove/worker';
import { inject } from 'vitest';
import { createServer } from '../src/server.ts';
import { type Mailbox, startMailbox, testConfig } from '@linkgrove/api/testing';

export const PASSWORD = 'correct-horse-battery';

export type TestServer = {
  url: string;
  app: App;
  mailbox: Mailbox;
  databaseUrl: string;
  call: (method: string, path: string, options?: CallOptions) => Promise<Answer>;
  signUp: (overrides?: Record<string, unknown>) => Promise<SignedUp>;
  close: () => Promise<void>;
};

export type CallOptions = {
  body?: unknown;
  token?: string;
  cookie?: string;
  headers?: Record<string, string>;
};

// Answers are looked into freely by tests.
// oxlint-disable-next-line typescript/no-explicit-any
export type Answer = { status: number; body: any; headers: Headers; cookies: Record<string, string> };
export type SignedUp = {
  user: Answer['body'];
  token: string;
  cookie: string;
  email: string;
  username: string;
};

/** What a client sends back of an answer's cookies. */
const cookiesOf = (headers: Headers): Record<string, string> =>
  Object.fromEntries(
    headers.getSetCookie().map((line) => (line.split(';', 1)[0] ?? '').split('=', 2) as [string, string]),
  );

export const cookieHeader = (cookies: Record<string, string>): string =>
  Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');

const parse = (text: string): unknown => {
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
    body: parse(await response.text()),
    headers: response.headers,
    cookies: cookiesOf(response.headers),
  };
}

let people = 0;
export const newPerson = () => {
  people += 1;
  return { email: `person${people}@example.com`, username: `person${people}`, password: PASSWORD };
};

/** One server of an installation. */
export type Instance = Pick<TestServer, 'url' | 'app' | 'call' | 'close'>;

/** A server on a free port and on a database that others may serve too. `env` changes its settings. */
export async function startInstance(databaseUrl: string, env: Env = {}): Promise<Instance> {
  const config = testConfig(env);
  const logger = createLogger({ level: config.logLevel, name: 'test' });
  const app = await createApp({ config, databaseUrl, logger });
  const server = await createServer(app);
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    app,
    call: (method, path, options) => call(url, method, path, options),
    close: async () => {
      await server.close();
      await app.close();
    },
  };
}

/**
 * A whole product on a database of its own: the server on a free port, a real SMTP receiver and, where
 * asked for, the worker. `env` changes its settings.
 */
export async function startTestServer(options: { env?: Env; worker?: boolean } = {}): Promise<TestServer> {
  const database = await cloneDatabase(inject('databaseServerUrl'));
  const mailbox = await startMailbox();
  const instance = await startInstance(database.url, {
    SMTP_URL: mailbox.url,
    MAIL_FROM: 'Linkgrove <hello@linkgrove.test>',
    ...options.env,
  });
  const worker = options.worker
    ? await startWorker(instance.app, { databaseUrl: database.url, pollMs: 20 })
    : undefined;
  return {
    ...instance,
    mailbox,
    databaseUrl: database.url,
    signUp: (overrides) => signUpPerson(instance.url, overrides),
    close: async () => {
      await worker?.close();
      await instance.close();
      await mailbox.close();
      await database.drop();
    },
  };
}

/** Registers someone new and returns them signed in. Throws what the server said if it refused. */
export async function signUpPerson(url: string, overrides: Record<string, unknown> = {}): Promise<SignedUp> {
  const person = { ...newPerson(), ...overrides };
  const { status, body, cookies } = await call(url, 'POST', '/api/register', { body: person });
  if (status !== 201) throw new Error(`Sign-up answered ${status}: ${JSON.stringify(body)}`);
  return { ...person, user: body.user, token: body.accessToken, cookie: cookieHeader(cookies) };
}

/** Waits until `probe` gives something truthy; fails after ten seconds. */
export async function eventually<T>(probe: () => Promise<T> | T): Promise<NonNullable<T>> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > deadline) throw new Error('It did not happen within ten seconds');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
