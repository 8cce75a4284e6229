import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Env } from '@linkgrove/api';
import { testEnv } from '@linkgrove/api/testing';
import { migrateToLatest } from '@linkgrove/db';
import { startEmbeddedPostgres } from '@linkgrove/db/embedded';

export const PASSWORD = 'correct-horse-battery';

export type BenchServer = {
  url: string;
  pid: number;
  post: (path: string, body: object) => Promise<Response>;
  get: (path: string, token: string) => Promise<Response>;
  /** Registers `ada` and returns her access token. */
  signUp: () => Promise<string>;
  stop: () => Promise<void>;
  databaseUrl: string;
  dataDir: string;
};

export type BenchServerOptions = { port?: string; program?: string; env?: Env };

/** Starts the server program on its own database, with high rate limits. Log lines go to a file. */
export async function startBenchServer(
  bcryptCost: string,
  { port = '3971', program = 'apps/server/src/main.ts', env = {} }: BenchServerOptions = {},
): Promise<BenchServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'linkgrove-bench-'));
  const postgres = await startEmbeddedPostgres({ dataDir });
  await migrateToLatest(postgres.url);
  const settings = testEnv({
    ...env,
    PORT: port,
    BCRYPT_COST: bcryptCost,
    DATABASE_URL: postgres.url,
    DATA_DIR: dataDir,
  });
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, ...settings },
    stdio: ['ignore', openSync(join(dataDir, 'server.log'), 'w'), 'inherit', 'ipc'],
  });
  await once(child, 'message');
  const url = `http://127.0.0.1:${port}`;
  const post = (path: string, body: object) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  return {
    url,
    databaseUrl: postgres.url,
    dataDir,
    pid: child.pid ?? 0,
    post,
    get: (path, token) => fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } }),
    signUp: async () => {
      const response = await post('/api/register', {
        email: 'ada@example.com',
        username: 'ada',
        password: PASSWORD,
      });
      const { accessToken }: { accessToken: string } = JSON.parse(await response.text());
      return accessToken;
    },
    stop: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
      await postgres.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Formats the value below which `share` of the sorted values lie, with one decimal. */
export const formatPercentile = (sorted: number[], share: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
