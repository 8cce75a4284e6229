import type { AddressInfo } from 'node:net';
import { type App, createApp, createLogger, type Env, parseConfig } from '@linkgrove/api';
import { encodeCursor } from '@linkgrove/db';
import { createServer } from '../../apps/server/src/server.ts';
import { type Client, format, openClient } from './clients.ts';
import { idOf } from './referral-data.ts';

/** Times in milliseconds, sorted. */
export type Times = number[];

/** The server in this process, and a client that measures it. */
export type Reader = {
  app: App;
  /** Asks `count` times for a path as user `u` (0 for nobody); throws where the answer is not `status`. */
  time: (request: Timed) => Promise<Times>;
  close: () => Promise<void>;
};

export type Timed = {
  path: string;
  u: number;
  count: number;
  /** Whether what caches know is forgotten before each request. */
  cold: boolean;
  status?: number;
};

const CACHES = ['sessions', 'users', 'referral-stats', 'campaigns'] as const;

/** Has the next request of a user find nothing in a cache. */
function forgetAll(app: App, u: number): void {
  for (const name of CACHES) {
    for (const key of [idOf('user', u), idOf('session', u), 'running']) app.cache(name).invalidate(key);
  }
}

let visitors = 0;

/** A new visitor each time, so that each visit is counted. */
const newAddress = (): string => {
  visitors += 1;
  return ['13', (visitors >> 16) & 255, (visitors >> 8) & 255, visitors & 255].join('.');
};

async function ask(client: Client, request: string, status: number): Promise<number> {
  const start = performance.now();
  const answer = await client.send(request);
  const took = performance.now() - start;
  if (answer.status !== status)
    throw new Error(`${request.split('\r\n', 1)[0]}: ${answer.status} ${answer.body}`);
  return took;
}

export async function openReader(env: Env): Promise<Reader> {
  const logger = createLogger({ level: 'silent', name: 'bench' });
  const app = await createApp({ config: parseConfig(env), databaseUrl: String(env['DATABASE_URL']), logger });
  const server = await createServer(app);
  await server.listen({ host: '127.0.0.1', port: 0 });
  const client = openClient((server.server.address() as AddressInfo).port);
  const time = async ({ path, u, count, cold, status = 200 }: Timed): Promise<Times> => {
    const token =
      u === 0
        ? undefined
        : await app.accessTokens.sign({ userId: idOf('user', u), sessionId: idOf('session', u) });
    const times: Times = [];
    // The first few open connections and compile code.
    for (let n = -5; n < count; n += 1) {
      if (cold) forgetAll(app, u);
      const headers = {
        'x-forwarded-for': newAddress(),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      };
      const took = await ask(client, format({ method: 'GET', path, headers }), status);
      if (n >= 0) times.push(took);
    }
    return times.toSorted((a, b) => a - b);
  };
  const close = async () => {
    client.close();
    await server.close();
    await app.close();
  };
  return { app, time, close };
}

/** The cursor of a list that has come to the `n`th row of a kind. */
export const cursorAt = (kind: 'referral' | 'reward', n: number): string => encodeCursor(idOf(kind, n));
