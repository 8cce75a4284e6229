import { qualifyDueReferrals } from '@linkgrove/api/jobs';
import { requireHealthy } from '@linkgrove/api/testing';
import { openDatabase, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Answer, TERMS, times, useReferralKit } from './kit/index.ts';

// Changes of referral links, campaigns and referrals that depend on a state which another change replaces.

const { server, kit, admin } = useReferralKit();
let other: ReturnType<typeof openDatabase>;
beforeAll(() => {
  other = openDatabase({ url: server.databaseUrl, maxConnections: 2 });
});
afterAll(() => other.close());

/** Runs `change` in a transaction, starts `act`, and commits as soon as `act` waits for a lock. */
async function commitWhileWaiting<T>(
  change: (trx: Trx) => Promise<unknown>,
  act: () => Promise<T>,
): Promise<T> {
  const acting = await other.db.transaction().execute(async (trx) => {
    await change(trx);
    const result = act();
    await expect
      .poll(async () => {
        const { rows } = await sql<{ count: number }>`
          select count(*) as count from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`.execute(other.db);
        return rows[0]?.count;
      })
      .toBeGreaterThan(0);
    return { result };
  });
  return acting.result;
}

/** How many answers have each status; `tally` of the kit would tell links with different codes apart. */
const countStatuses = (answers: Answer[]): Record<number, number> =>
  Object.fromEntries(
    [...Map.groupBy(answers, ({ status }) => status)].map(([status, group]) => [status, group.length]),
  );

const LINKS = '/api/referral-links';
let codes = 0;
const newCode = () => `race-${(codes += 1)}`;

const linkRow = (id: string) =>
  server.app.db
    .selectFrom('referral_links')
    .select(['code', 'enabled', 'deleted_at'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();

it("parallel code changes of a user's first link succeed up to ten codes, and parallel deletions are all refused", async () => {
  const ada = await kit.signUp();
  const { id } = (await kit.as(ada, 'GET', LINKS)).body.items[0];
  const answers = await times(30, (index) =>
    index % 2
      ? kit.as(ada, 'PATCH', `${LINKS}/${id}`, { code: newCode() })
      : kit.as(ada, 'DELETE', `${LINKS}/${id}`),
  );
  expect(countStatuses(answers)).toEqual({ 200: 9, 409: 15, 422: 6 });
  const { code, deleted_at } = await linkRow(id);
  expect(deleted_at).toBeNull();
  expect((await kit.as(ada, 'GET', '/api/me')).body.referralCode).toBe(code);
});

it('a link stays deleted and disabled, under 30 parallel changes and deletions', async () => {
  const ada = await kit.signUp();
  for (let round = 0; round < 3; round++) {
    const { id } = (await kit.as(ada, 'POST', LINKS, { enabled: false })).body;
    const answers = await times(30, (index) =>
      index % 10 !== 9
        ? kit.as(ada, 'PATCH', `${LINKS}/${id}`, { enabled: true, ...(index < 9 && { code: newCode() }) })
        : kit.as(ada, 'DELETE', `${LINKS}/${id}`),
    );
    const withCodes = answers.slice(0, 9).filter(({ status }) => status === 200).length;
    const { 200: changed = 0, ...others } = countStatuses(answers);
    expect(others).toEqual({ 204: 1, 404: 29 - changed });
    expect(await linkRow(id)).toMatchObject({ enabled: false, deleted_at: expect.any(Date) });
    const taken = await server.app.db
      .selectFrom('referral_codes')
      .select('code')
      .where('link_id', '=', id)
      .execute();
    expect(taken).toHaveLength(1 + withCodes);
  }
});

it('a link that gets its old code back keeps it, even if it has another code when the request arrives', async () => {
  const ada = await kit.signUp();
  const { id, code } = (await kit.as(ada, 'POST', LINKS, {})).body;
  const answer = await commitWhileWaiting(
    async (trx) => {
      const replacement = newCode();
      await sql`select from users where id = ${ada.user.id} for no key update`.execute(trx);
      await trx
        .insertInto('referral_codes')
        .values({ code: replacement, link_id: id, user_id: ada.user.id })
        .execute();
      await trx.updateTable('referral_links').set({ code: replacement }).where('id', '=', id).execute();
    },
    () => kit.as(ada, 'PATCH', `${LINKS}/${id}`, { code, label: 'Old code' }),
  );
  expect(answer).toMatchObject({ status: 200, body: { code, label: 'Old code' } });
});

it('a campaign gets no version from 30 publications that waited while it ended', async () => {
  const { id } = await kit.runCampaign(admin, {});
  const next = (await kit.as(admin, 'POST', '/api/admin/referral-campaigns', { name: 'Next', terms: TERMS }))
    .body;
  const answers = await commitWhileWaiting(
    async (trx) => {
      await sql`update referral_campaigns set ended_at = now() where id = ${id}`.execute(trx);
      await sql`update referral_campaigns set started_at = now() where id = ${next.id}`.execute(trx);
    },
    () =>
      times(30, () =>
        kit.as(admin, 'POST', `/api/admin/referral-campaigns/${id}/versions`, { terms: TERMS }),
      ),
  );
  expect(countStatuses(answers)).toEqual({ 409: 30 });
  const { items } = (await kit.as(admin, 'GET', `/api/admin/referral-campaigns/${id}/versions`)).body;
  expect(items).toHaveLength(1);
});

it('a referral qualifies even if the email is verified while the job waits for its lock', async () => {
  await kit.runCampaign(admin, {});
  const bob = await kit.refer(await kit.signUp());
  const { db } = server.app;
  await db
    .updateTable('referrals')
    .set({ due_at: sql`now()` })
    .where('referred_user_id', '=', bob.user.id)
    .execute();
  await commitWhileWaiting(
    async (trx) => {
      await sql`select from referrals where referred_user_id = ${bob.user.id} for update`.execute(trx);
      await sql`update users set email_verified_at = now() where id = ${bob.user.id}`.execute(trx);
    },
    () => qualifyDueReferrals(server.app),
  );
  expect(await kit.referralOf(bob)).toMatchObject({ status: 'successful' });
  await requireHealthy(server.app);
});

it('a decision about a referral names the status it has when the decision is made', async () => {
  await kit.runCampaign(admin, {});
  const bob = await kit.refer(await kit.signUp());
  const referral = await kit.referralOf(bob);
  const answer = await commitWhileWaiting(
    (trx) =>
      sql`update referrals set status = 'rejected', reason = 'own_address' where id = ${referral?.id}`.execute(
        trx,
      ),
    () => kit.as(admin, 'POST', `/api/admin/referrals/${referral?.id}/reject`, { reason: 'Too late' }),
  );
  expect(answer).toMatchObject({
    status: 409,
    body: { detail: 'This referral is rejected, not pending or review' },
  });
});
