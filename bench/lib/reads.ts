import { type App, createApp, createLogger, type Env, parseConfig } from '@linkgrove/api';
import { encodeCursor } from '@linkgrove/db';
import { createServer } from '../../apps/server/src/server.ts';
import { type Client, formatRequest, openClient } from './clients.ts';
import { toId } from './referral-data.ts';

/** Sorted, in milliseconds. */
export type Times = number[];

export type Reader = {
  app: App;
  /** Requests a path `count` times as user `u` (0: signed out). Throws if the status differs from `status`. */
  time: (request: Timed) => Promise<Times>;
  close: () => Promise<void>;
};

export type Timed = {
  path: string;
  u: number;
  count: number;
  cold: boolean;
  status?: number;
};

const CACHES = ['sessions', 'users', 'referral-stats', 'campaigns'] as const;

function invalidateCaches(app: App, u: number): void {
  for (const name of CACHES) {
    for (const key of [toId('user', u), toId('session', u), 'running']) app.cache(name).invalidate(key);
  }
}

let visitors = 0;

/** Returns a new address each time, so that each visit is counted. */
const nextAddress = (): string => {
  visitors += 1;
  return ['13', (visitors >> 16) & 255, (visitors >> 8) & 255, visitors & 255].join('.');
};

async function timeRequest(client: Client, request: string, status: number): Promise<number> {
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
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  const client = openClient(Number(new URL(address).port));
  const time = async ({ path, u, count, cold, status = 200 }: Timed): Promise<Times> => {
    const token =
      u === 0
        ? undefined
        : await app.accessTokens.sign({
            userId: toId('user', u),
            sessionId: toId('session', u),
            amr: ['pwd'],
          });
    const times: Times = [];
    // The first five requests are a warm-up.
    for (let n = -5; n < count; n += 1) {
      if (cold) invalidateCaches(app, u);
      const headers = {
        'x-forwarded-for': nextAddress(),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      };
      const took = await timeRequest(client, formatRequest({ method: 'GET', path, headers }), status);
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

export const createCursorAt = (kind: 'referral' | 'reward', n: number): string => encodeCursor(toId(kind, n));
