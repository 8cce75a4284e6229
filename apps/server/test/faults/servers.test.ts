import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { keepMessages, PASSWORD, times } from '../kit/index.ts';
import { BACKENDS, type FleetServer, registerOnFleet, startFleet, expectWithin } from './fleet.ts';

const TIMEOUT = 240_000;
const backend = BACKENDS.at(-1) ?? 'PostgreSQL';

type Attempt = Awaited<ReturnType<typeof registerOnFleet>>;

it(
  'FT1: a server that is killed repeatedly while people sign up loses no confirmed user and stores no partial one',
  async () => {
    const fleet = await startFleet({ backend });
    await keepMessages(fleet);
    await fleet.startWorker();
    const port = `${await findFreePort()}`;
    const journal: Attempt[] = [];
    let isOver = false;
    let server = await fleet.startServer({ PORT: port });
    const { url } = server;
    const client = async () => {
      while (!isOver) {
        const attempt = await registerOnFleet(url);
        journal.push(attempt);
        if (attempt.status === undefined) await sleep(50);
      }
    };
    const clients = times(4, client);
    const promises = () => journal.filter(({ status }) => status === 201);
    const someMore = async (n: number) => {
      const before = promises().length;
      await expectWithin(30, () => promises().length).toBeGreaterThan(before + n);
    };
    for (let kills = 0; kills < 4; kills++) {
      await someMore(3);
      await sleep(Math.random() * 500);
      await server.kill();
      server = await fleet.startServer({ PORT: port });
    }
    await someMore(3);
    isOver = true;
    await clients;

    const promised = promises();
    // A busy server may refuse with 503; then it stores nothing.
    const others = new Set(journal.flatMap(({ status }) => (status === 201 ? [] : [status])));
    expect([...others].filter((status) => status !== undefined && status !== 503)).toEqual([]);
    const { rows: users } = await sql<{ email: string; links: number; codes: number; mails: number }>`
      select email, (select count(*) from referral_links where user_id = u.id) as links,
        (select count(*) from referral_codes where user_id = u.id) as codes,
        (select count(*) from kept_messages where payload->>'to' = u.email) as mails
      from users u`.execute(fleet.app.db);
    const stored = new Set(users.map(({ email }) => email));
    // Every confirmed user is stored, every stored user is complete, and each was requested.
    for (const { email } of promised) expect(stored).toContain(email);
    for (const user of users) expect(user).toMatchObject({ links: 1, codes: 1, mails: 1 });
    expect(stored.size).toBe(users.length);
    const asked = new Set(journal.map(({ email }) => email));
    for (const email of stored) expect(asked).toContain(email);
    // Each of them gets the mail and can sign in.
    for (const email of stored)
      await expectWithin(30, () => fleet.mailbox.received.some(({ to }) => to === email)).toBe(true);
    for (const { email } of promised.slice(0, 10)) {
      const body = { identifier: email, password: PASSWORD };
      expect((await server.call('POST', '/api/login', { body })).status).toBe(200);
    }
  },
  TIMEOUT,
);

/** Registers people until it is stopped; records every status. */
function registerUntilStopped(server: FleetServer) {
  const outcomes: (number | undefined)[] = [];
  let isOver = false;
  const client = async () => {
    while (!isOver) {
      const { status } = await registerOnFleet(server.url);
      outcomes.push(status);
      if (status === undefined) break;
    }
  };
  const done = times(4, client);
  return { outcomes, stop: () => ((isOver = true), done) };
}

it(
  'FT17: a server that is told to stop reports it first, answers the requests it has begun, and exits in time',
  async () => {
    const fleet = await startFleet({ backend });
    const production = {
      NODE_ENV: 'production',
      APP_URL: 'https://app.example.com',
      BCRYPT_COST: '10',
      SHUTDOWN_TIMEOUT: '8s',
    };
    const server = await fleet.startServer(production);
    const { outcomes, stop } = registerUntilStopped(server);
    await expectWithin(30, () => outcomes.length).toBeGreaterThan(8);
    const idle = connect(Number(new URL(server.url).port), '127.0.0.1').on('error', () => {});
    idle.resume().write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    server.signal('SIGTERM');
    // It still accepts requests for a moment, until load balancers notice.
    const statuses = async () => {
      const answers = await Promise.all(['/readyz', '/healthz'].map((path) => server.call('GET', path)));
      return answers.map(({ status }) => status);
    };
    await expectWithin(30, statuses).toEqual([503, 200]);
    await expectWithin(30, () => server.child.exitCode).toBe(0);
    await expectWithin(30, () => idle.destroyed).toBe(true);
    await stop();
    // Each request was answered or refused before it began, so no user is stored without an answer.
    const answered = outcomes.filter((status) => status !== undefined);
    expect(new Set(answered)).toEqual(new Set([201]));
    const { rows } = await sql<{ n: number }>`select count(*) as n from users`.execute(fleet.app.db);
    expect(rows[0]?.n).toBe(answered.length);
  },
  TIMEOUT,
);

it(
  'FT17: a server exits at once after a second signal',
  async () => {
    const fleet = await startFleet({ backend });
    const server = await fleet.startServer({ SHUTDOWN_TIMEOUT: '60s' });
    const slow = connect(Number(new URL(server.url).port), '127.0.0.1').on('error', () => {});
    slow.write('POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{');
    await once(slow, 'connect');
    // By the answer to a later request, this one has begun.
    expect((await server.call('GET', '/healthz')).status).toBe(200);
    server.signal('SIGTERM');
    await sleep(1_000);
    expect(server.child.exitCode).toBeNull();
    server.signal('SIGTERM');
    await expectWithin(30, () => server.child.exitCode).toBe(1);
  },
  TIMEOUT,
);
