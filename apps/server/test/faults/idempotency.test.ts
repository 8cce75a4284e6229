import { startProxy } from '@linkgrove/db/testing';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { cleanUpLater, newHandle, type SignedUp } from '../kit/index.ts';
import { expectWithin, type Fleet, type FleetServer, startFleet } from './fleet.ts';

const TIMEOUT = 120_000;
const headers = { 'idempotency-key': 'page-1' };

const createPage = (server: FleetServer, who: SignedUp, body: object) =>
  server.as(who, 'POST', '/api/pages', body, headers);

const listHandles = async ({ app }: Fleet, { user }: SignedUp): Promise<string[]> => {
  const query = app.db.selectFrom('pages').select('handle').where('user_id', '=', user.id);
  return (await query.orderBy('id').execute()).map(({ handle }) => handle);
};

it(
  'FT26: a server that is killed between commit and answer has made the change once; a repeat gets its answer',
  async () => {
    const fleet = await startFleet({});
    const proxy = await startProxy(fleet.app.databaseUrl);
    cleanUpLater(proxy.close);
    const killed = await fleet.startServer({ DATABASE_URL: proxy.url });
    const ada = await killed.signUp();
    const body = { handle: newHandle() };

    const committed = proxy.freezeBefore('COMMIT\0');
    const lost = createPage(killed, ada, body).catch(() => 'no answer');
    await committed;
    await killed.kill();
    expect(await lost).toBe('no answer');
    expect(await listHandles(fleet, ada)).toEqual([ada.username, body.handle]);

    const server = await fleet.startServer();
    const repeat = await createPage(server, ada, body);
    expect(repeat).toMatchObject({ status: 201, body });
    expect((await createPage(server, ada, body)).body).toEqual(repeat.body);
    expect(await listHandles(fleet, ada)).toEqual([ada.username, body.handle]);
  },
  TIMEOUT,
);

it(
  'FT26: a server that is killed before the commit has changed nothing, and a repeat makes the change',
  async () => {
    const fleet = await startFleet({});
    const killed = await fleet.startServer();
    const ada = await killed.signUp();
    const body = { handle: newHandle() };

    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const lock = fleet.app.db.transaction().execute(async (trx) => {
      await sql`select from users where id = ${ada.user.id} for update`.execute(trx);
      await released;
    });
    const lost = createPage(killed, ada, body).catch(() => 'no answer');
    const waiting = sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await expectWithin(30, async () => (await waiting.execute(fleet.app.db)).rows.length).toBe(1);
    await killed.kill();
    expect(await lost).toBe('no answer');
    release();
    await lock;

    const server = await fleet.startServer();
    expect(await createPage(server, ada, body)).toMatchObject({ status: 201, body });
    expect(await listHandles(fleet, ada)).toEqual([ada.username, body.handle]);
  },
  TIMEOUT,
);
