import { createApp, createLogger, type Endpoint, endpoints } from '@linkgrove/api';
import { testConfig } from '@linkgrove/api/testing';
import { createServer } from '../apps/server/src/server.ts';
import { createClient } from '../apps/server/test/kit/client.ts';
import { signUpAdmin } from '../apps/server/test/kit/database.ts';
import {
  type HostileRequest,
  listHostileRequests,
  MAX_STALL_MS,
  measureStall,
} from '../apps/server/test/kit/hostile.ts';
import { fillPath } from '../apps/server/test/kit/http.ts';
import type { SignedUp } from '../apps/server/test/kit/people.ts';
import { startBenchDatabase } from './lib/database.ts';
import { formatRow } from './lib/figures.ts';

// Sends the most expensive input that its limits let in to every procedure, and prints how long each held the event loop of
// a process that is both server and client. Usage: node bench/hostile.ts [rows to print] [tries per request]
const rows = Number(process.argv[2] ?? 15);
const tries = Number(process.argv[3] ?? 3);

const database = await startBenchDatabase();
const config = testConfig({ BCRYPT_COST: '10' });
const app = await createApp({
  config,
  databaseUrl: database.url,
  logger: createLogger({ level: 'silent', name: 'hostile' }),
});
const server = await createServer(app);
const client = createClient(await server.listen({ host: '127.0.0.1', port: 0 }));

type Stall = { name: string; what: string; ms: number };

async function measureRequest(endpoint: Endpoint, request: HostileRequest, admin: SignedUp): Promise<Stall> {
  const { name, access, rest } = endpoint;
  const { what, body, query = '' } = request;
  const options = { body, ...(access !== 'public' && { token: admin.token }) };
  const stalls: number[] = [];
  for (let index = 0; index < tries; index += 1)
    stalls.push(await measureStall(() => client.call(rest.method, `${fillPath(endpoint)}${query}`, options)));
  // A busy machine stalls by itself, but a real stall comes back each time.
  return { name, what, ms: Math.min(...stalls) };
}

try {
  const admin = await signUpAdmin({ app, ...client });
  const stalls: Stall[] = [];
  for (const endpoint of endpoints) {
    for (const request of listHostileRequests(endpoint))
      stalls.push(await measureRequest(endpoint, request, admin));
  }
  const widths = { first: 32, cell: 44 };
  console.log(formatRow('procedure', ['request', 'ms'], widths));
  for (const { name, what, ms } of stalls.toSorted((a, b) => b.ms - a.ms).slice(0, rows))
    console.log(formatRow(name, [what, ms.toFixed(1)], widths));
  const beyond = stalls.filter(({ ms }) => ms > MAX_STALL_MS).length;
  console.log(
    `${stalls.length} requests to ${endpoints.length} procedures, ${beyond} over ${MAX_STALL_MS} ms`,
  );
} finally {
  await server.close();
  await app.close();
  await database.stop();
}
