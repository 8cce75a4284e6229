import { computeTotp, getTotpStep } from '@linkgrove/api/testing';
import { formatPercentile, PASSWORD, startBenchServer } from './server.ts';

// Checks whether response times reveal which accounts exist, and which have a second factor, with requests that take turns.
// Usage: node bench/enumeration.ts [bcrypt cost] [rounds]
const cost = process.argv[2] ?? '10';
const rounds = Number(process.argv[3] ?? 200);
const server = await startBenchServer(cost);

async function timeRequest(path: string, body: object): Promise<number> {
  const started = performance.now();
  const response = await server.post(path, body);
  await response.arrayBuffer();
  return performance.now() - started;
}

/** Bodies of requests, by the kind of account. */
type Kinds = Record<string, (index: number) => object>;

async function compareTimes(path: string, kinds: Kinds): Promise<void> {
  const measured = Object.entries(kinds).map(([name, build]) => ({ name, build, times: [] as number[] }));
  for (let index = 0; index < rounds; index++) {
    // Another one begins each round, so that warm-up effects within a round cancel out.
    const first = index % measured.length;
    for (const { build, times } of [...measured.slice(first), ...measured.slice(0, first)])
      times.push(await timeRequest(path, build(index)));
  }
  for (const { name, times } of measured) {
    const sorted = times.toSorted((a, b) => a - b);
    const [least, median] = [formatPercentile(sorted, 0), formatPercentile(sorted, 0.5)];
    console.log(`${path} ${name}: min ${least} ms, median ${median} ms`);
  }
}

async function call(path: string, token: string | undefined, body: object): Promise<Record<string, string>> {
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return JSON.parse(await response.text());
}

/** Registers `bob`, who has an authenticator app. */
async function signUpWithFactor(): Promise<void> {
  const person = { email: 'bob@example.com', username: 'bob', password: PASSWORD };
  const { accessToken } = await call('/api/register', undefined, person);
  const { secret = '' } = await call('/api/me/totp', accessToken, {});
  await call('/api/me/totp/confirm', accessToken, { code: computeTotp(secret, getTotpStep(Date.now())) });
}

try {
  console.log(`bcrypt cost ${cost}, ${rounds} rounds`);
  await server.signUp();
  await signUpWithFactor();
  const password = 'not-the-password';
  await compareTimes('/api/login', {
    known: () => ({ identifier: 'ada', password }),
    'known with a second factor': () => ({ identifier: 'bob', password }),
    unknown: (index) => ({ identifier: `nobody${index}`, password }),
  });
  for (const path of ['/api/forgot-password', '/api/login-link'])
    await compareTimes(path, {
      known: () => ({ email: 'ada@example.com' }),
      'known with a second factor': () => ({ email: 'bob@example.com' }),
      unknown: (index) => ({ email: `nobody${index}@example.com` }),
    });
} finally {
  await server.stop();
}
