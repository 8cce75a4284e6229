import { rollUpDeltas } from '@linkgrove/api/jobs';
import { requireHealthy } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import {
  BEHIND_PROXY,
  BROWSER,
  clientFrom,
  createReferralKit,
  PASSWORD,
  type SignedUp,
  startTestServer,
  times,
  useReferralKit,
} from '../kit/index.ts';

const { server, kit, admin } = useReferralKit({ env: BEHIND_PROXY });

const signInAgain = async (who: SignedUp): Promise<SignedUp> => {
  const { body } = await server.login(who.username);
  return { ...who, token: body.accessToken };
};

/** The tables that contain `text` anywhere, in any case. */
async function findTablesWith(text: string): Promise<string[]> {
  const { db } = server.app;
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE'`.execute(db);
  const found: string[] = [];
  for (const { name } of rows) {
    const hit = await sql`
      select 1 from ${sql.table(name)} t where position(lower(${text}) in lower(t::text)) > 0 limit 1`.execute(
      db,
    );
    if (hit.rows.length > 0) found.push(name);
  }
  return found;
}

describe('33. deleting the referred user', () => {
  it('keeps the referrer’s counts, shows no name, and keeps no personal data', async () => {
    const ada = await kit.signUp();
    const headers = { ...clientFrom('8.8.33.33'), 'user-agent': `${BROWSER} of thirty-three` };
    const bob = await kit.refer(
      ada,
      { email: 'bob.thirtythree@mail.test', username: 'bob-thirtythree' },
      { headers },
    );
    await kit.verify(bob);
    await kit.changeEmail(bob, 'bob.moved@mail.test');
    const before = await kit.readStats(ada);
    expect(before).toMatchObject({ signups: 1, successful: 1, creditsEarned: 10 });
    expect((await kit.deleteAccount(bob)).status).toBe(204);
    expect(await kit.readStats(ada)).toEqual(before);
    const { items } = (await kit.as(ada, 'GET', '/api/referrals')).body;
    expect(items).toMatchObject([{ username: null, status: 'successful' }]);
    for (const text of ['bob.thirtythree', 'bob.moved', '8.8.33.33', 'of thirty-three']) {
      expect([text, await findTablesWith(text)]).toEqual([text, []]);
    }
    // Only the name is kept, as a held handle for 90 days.
    expect(await findTablesWith('bob-thirtythree')).toEqual(['handles']);
    await requireHealthy(server.app);
  });

  it('and returning under any of their addresses earns nobody a second reward', async () => {
    const [ada, eve] = [await kit.signUp(), await kit.signUp()];
    for (const referrer of [ada, eve, ada]) {
      const bob = await kit.refer(referrer, { email: 'bob.returns+tag@gmail.com' });
      await kit.verify(bob);
      await kit.deleteAccount(bob);
    }
    expect(await kit.readStats(ada)).toMatchObject({
      signups: 2,
      successful: 1,
      rejected: 1,
      creditsEarned: 10,
    });
    expect(await kit.readStats(eve)).toMatchObject({ signups: 1, rejected: 1, creditsEarned: 0 });
    await requireHealthy(server.app);
  });

  it('before verification takes the referral along', async () => {
    const ada = await kit.signUp();
    const bob = await kit.refer(ada);
    const token = await kit.mailedToken(bob);
    await kit.deleteAccount(bob);
    expect((await server.call('POST', '/api/verify-email', { body: { token } })).status).toBe(410);
    await kit.runScheduledJobs();
    expect(await kit.readStats(ada)).toMatchObject({
      signups: 0,
      pending: 0,
      successful: 0,
      creditsEarned: 0,
    });
    await requireHealthy(server.app);
  });
});

describe('34. deleting the referrer', () => {
  it('stops the codes from crediting, keeps them taken and cancels pending referrals; sign-ups still work', async () => {
    const ada = await kit.signUp();
    const cookie = await kit.visitCookie(kit.codeOf(ada));
    const [pending, done] = [await kit.refer(ada), await kit.refer(ada)];
    await kit.verify(done);
    expect((await kit.deleteAccount(ada)).status).toBe(204);

    expect((await kit.visit(kit.codeOf(ada))).status).toBe(404);
    expect((await server.call('GET', `/api/referral-codes/${kit.codeOf(ada)}`)).status).toBe(404);
    expect((await kit.register({ referralCode: kit.codeOf(ada) })).body.code).toBe('INVALID_REFERRAL_CODE');
    const byCookie = await kit.register({}, { cookie });
    expect([byCookie.status, byCookie.body.user.referredBy]).toEqual([201, null]);
    const eve = await kit.signUp();
    const taken = await kit.as(eve, 'POST', '/api/referral-links', { code: kit.codeOf(ada).toUpperCase() });
    expect(taken.body.code).toBe('REFERRAL_CODE_TAKEN');

    expect((await kit.verify(pending)).status).toBe(200);
    expect(await kit.referralOf(pending)).toMatchObject({ status: 'rejected', reason: 'referrer_inactive' });
    expect(await kit.referralOf(done)).toMatchObject({ status: 'successful' });
    expect((await kit.as(pending, 'GET', '/api/me')).body.referredBy).toBeNull();
    expect((await kit.rewardsOf(ada)).length).toBe(1);
    await requireHealthy(server.app);
  });

  it('takes no longer with a thousand referrals, because it touches none of them', async () => {
    const ada = await kit.signUp();
    const one = await kit.refer(ada);
    await sql`
      with people as (
        insert into users (id, username, email, email_canonical, password_hash, referral_code, referred_by)
        select gen_random_uuid(), 'bulk' || n, 'bulk' || n || '@mail.test', 'bulk' || n || '@mail.test', 'x',
          'bulk-' || n, ${ada.user.id}
        from generate_series(1, 1000) n returning id, referral_code
      ), links as (
        insert into referral_links (id, user_id, code) select gen_random_uuid(), id, referral_code from people
        returning id, user_id, code
      ), codes as (
        insert into referral_codes (code, link_id, user_id) select code, id, user_id from links
      ), made as (
        insert into referrals (id, referrer_id, referred_user_id, link_id, campaign_version_id)
        select gen_random_uuid(), r.referrer_id, p.id, r.link_id, r.campaign_version_id
        from people p cross join referrals r where r.referred_user_id = ${one.user.id}
        returning referrer_id, link_id
      )
      insert into referral_deltas (referrer_id, link_id, signups, pending)
      select referrer_id, link_id, 1, 1 from made`.execute(server.app.db);
    const version = () =>
      sql<{ rows: string }>`
        select string_agg(xmin::text, ',' order by id) as rows from referrals where referrer_id = ${ada.user.id}`.execute(
        server.app.db,
      );
    const before = await version();
    expect((await kit.deleteAccount(ada)).status).toBe(204);
    expect(await version()).toEqual(before);
    await requireHealthy(server.app);
  });
});

describe('35. suspending the referrer', () => {
  it('makes typed codes invalid, and a remembered code credits nobody', async () => {
    const ada = await kit.signUp();
    const cookie = await kit.visitCookie(kit.codeOf(ada));
    await server.suspendUser(admin, ada);
    expect(await kit.register({ referralCode: kit.codeOf(ada) })).toMatchObject({
      status: 422,
      body: { code: 'INVALID_REFERRAL_CODE' },
    });
    expect((await kit.visit(kit.codeOf(ada))).status).toBe(404);
    const byCookie = await kit.signUp({}, { cookie });
    expect(byCookie.user.referredBy).toBeNull();
    expect(await kit.referralOf(byCookie)).toBeUndefined();
    await server.restoreUser(admin, ada);
    const back = await kit.refer(ada);
    expect(await kit.referralOf(back)).toMatchObject({ status: 'pending' });
  });

  it('rejects referrals that qualify meanwhile, and restoring returns none of them', async () => {
    const ada = await kit.signUp();
    const [during, after] = [await kit.refer(ada), await kit.refer(ada)];
    await server.suspendUser(admin, ada);
    await kit.verify(during);
    expect(await kit.referralOf(during)).toMatchObject({ status: 'rejected', reason: 'referrer_inactive' });
    await server.restoreUser(admin, ada);
    await kit.runScheduledJobs();
    await kit.verify(after);
    const again = await signInAgain(ada);
    expect(await kit.readStats(again)).toMatchObject({
      signups: 2,
      successful: 1,
      rejected: 1,
      creditsEarned: 10,
    });
    await requireHealthy(server.app);
  });

  it('differs from suspending the referred user, whose referral waits until they are restored', async () => {
    await kit.runCampaign(admin, { minAgeSeconds: 60 });
    const ada = await kit.signUp();
    const bob = await kit.refer(ada);
    await kit.verify(bob);
    await server.suspendUser(admin, bob);
    await sql`update referrals set date_referred = date_referred - interval '2 minutes', due_at = now()
      where referred_user_id = ${bob.user.id}`.execute(server.app.db);
    await kit.runScheduledJobs();
    expect(await kit.referralOf(bob)).toMatchObject({ status: 'pending' });
    await server.restoreUser(admin, bob);
    await kit.runScheduledJobs();
    expect(await kit.referralOf(bob)).toMatchObject({ status: 'successful' });
    await kit.runCampaign(admin, {});
  });
});

it('36. sign-up, attribution, stats and credits work without the configured Redis', async () => {
  // Nothing listens on port 9.
  const alone = await startTestServer({ env: { REDIS_URL: 'redis://127.0.0.1:9' } });
  try {
    const { signUp, visitCookie, verify, readStats, codeOf, referralOf } = createReferralKit(alone);
    const ada = await signUp();
    const bob = await signUp({}, { cookie: await visitCookie(codeOf(ada)) });
    expect(bob.user.referredBy).toBe(ada.username);
    expect((await verify(bob)).status).toBe(200);
    expect(await referralOf(bob)).toMatchObject({ status: 'successful' });
    expect(await readStats(ada)).toMatchObject({ visits: 1, signups: 1, successful: 1, creditsBalance: 10 });
    await rollUpDeltas(alone.app);
    await requireHealthy(alone.app);
  } finally {
    await alone.close();
  }
});

describe('37. privacy of referrals', () => {
  it('a referrer never sees the email or network address of a referred user', async () => {
    const ada = await kit.signUp();
    const bob = await kit.refer(
      ada,
      { email: 'bob.private@mail.test' },
      { headers: clientFrom('8.8.37.37') },
    );
    await kit.verify(bob);
    const paths = [
      '/api/referrals',
      '/api/referral-stats',
      '/api/referral-links',
      '/api/referral-funnel',
      '/api/rewards',
      '/api/me',
      '/api/me/export',
      '/api/me/security-events',
      '/api/referral-leaderboard',
    ];
    for (const path of paths) {
      const { status, body } = await kit.as(ada, 'GET', path);
      expect([path, status]).toEqual([path, 200]);
      expect(JSON.stringify(body)).not.toMatch(/bob\.private|8\.8\.37\.37/);
    }
    const asReviewer = await kit.as(ada, 'GET', '/api/admin/referrals?status=successful');
    expect(asReviewer.body.code).toBe('FORBIDDEN');
  });

  it('unknown and disabled codes, and those of suspended and deleted users, get the same answer', async () => {
    const [disabled, suspended, deleted] = [await kit.signUp(), await kit.signUp(), await kit.signUp()];
    const [link] = (await kit.as(disabled, 'GET', '/api/referral-links')).body.items;
    await kit.as(disabled, 'PATCH', `/api/referral-links/${link.id}`, { enabled: false });
    await server.suspendUser(admin, suspended);
    await kit.deleteAccount(deleted);
    const codes = ['nobody-has-this', ...[disabled, suspended, deleted].map(kit.codeOf)];
    const sameAnswers = async (ask: (code: string) => Promise<{ status: number; body: object }>) => {
      const answers = [];
      for (const code of codes) {
        const { status, body } = await ask(code);
        answers.push(JSON.stringify({ status, ...body, requestId: undefined }));
      }
      expect(new Set(answers).size).toBe(1);
      return answers[0];
    };
    expect(await sameAnswers((code) => kit.visit(code))).toContain('404');
    expect(await sameAnswers((code) => server.call('GET', `/api/referral-codes/${code}`))).toContain('404');
    expect(await sameAnswers((code) => server.call('GET', `/r/${code}/qr.svg`))).toContain('404');
    expect(await sameAnswers((code) => kit.register({ referralCode: code }))).toContain('422');
  });

  it('guessing codes is limited by address', async () => {
    const tight = await startTestServer({ env: { ...BEHIND_PROXY, RATE_LIMIT_GLOBAL: '30/1m' } });
    try {
      const paths = (n: number) => [
        `/r/guess-${n}`,
        `/api/referral-codes/guess-${n}`,
        `/r/guess-${n}/qr.svg`,
      ];
      const answers = await times(60, (n) =>
        tight.call('GET', paths(n)[n % 3] ?? '', { headers: clientFrom('8.8.37.1') }),
      );
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(30);
      const other = await tight.call('GET', '/r/guess-1', { headers: clientFrom('8.8.37.2') });
      expect(other.status).toBe(404);
    } finally {
      await tight.close();
    }
  });
});

describe('38. the day of an event', () => {
  const daysOf = async (who: SignedUp) =>
    (
      await sql<{ day: string; signups: number; successful: number; visits: number }>`
        select day::text, sum(signups)::int as signups, sum(successful)::int as successful, sum(visits)::int as visits
        from (
          select day, signups, successful, visits from referral_daily where referrer_id = ${who.user.id}
          union all
          select day, signups, successful, visits from referral_deltas where referrer_id = ${who.user.id}
        ) d group by day order by day`.execute(server.app.db)
    ).rows;

  it('is fixed when the event happens: later roll-ups move nothing', async () => {
    const ada = await kit.signUp();
    await kit.bring(ada, 2);
    await sql`update referral_deltas set day = '2026-03-31' where referrer_id = ${ada.user.id}`.execute(
      server.app.db,
    );
    await rollUpDeltas(server.app);
    await kit.bring(ada, 1);
    await rollUpDeltas(server.app);
    await rollUpDeltas(server.app);
    const today = new Date().toISOString().slice(0, 10);
    expect(await daysOf(ada)).toEqual([
      { day: '2026-03-31', signups: 2, successful: 2, visits: 0 },
      { day: today, signups: 1, successful: 1, visits: 0 },
    ]);
  });

  it.each(['Pacific/Kiritimati', 'Pacific/Pago_Pago'])(
    'is in UTC, even when the database uses %s',
    async (zone) => {
      const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(server.app.db);
      await sql`alter database ${sql.id(rows[0]?.name ?? '')} set timezone to ${sql.lit(zone)}`.execute(
        server.app.db,
      );
      // Only new connections use the new time zone, so a second server is started.
      const { createApp, createLogger } = await import('@linkgrove/api');
      const { createServer } = await import('../../src/server.ts');
      const app = await createApp({
        config: server.app.config,
        databaseUrl: server.databaseUrl,
        logger: createLogger({ level: 'silent', name: 'test' }),
      });
      const elsewhere = await createServer(app);
      try {
        const zones = await sql`
          select reset_val as inherited, setting as used from pg_settings where name = 'TimeZone'`.execute(
          app.db,
        );
        expect(zones.rows).toEqual([{ inherited: zone, used: 'UTC' }]);
        const ada = await kit.signUp();
        const person = {
          email: `${zone.slice(8)}@mail.test`.toLowerCase(),
          username: zone.slice(8, 16).toLowerCase(),
        };
        const answer = await elsewhere.inject({
          method: 'POST',
          url: '/api/register',
          payload: { ...person, password: PASSWORD, referralCode: kit.codeOf(ada) },
        });
        expect(answer.statusCode).toBe(201);
        await rollUpDeltas(app);
        expect(await daysOf(ada)).toMatchObject([{ day: new Date().toISOString().slice(0, 10), signups: 1 }]);
        expect(await kit.readStats(ada)).toMatchObject({ daily: [{ signups: 1 }] });
      } finally {
        await elsewhere.close();
        await app.close();
        await sql`alter database ${sql.id(rows[0]?.name ?? '')} reset timezone`.execute(server.app.db);
      }
    },
  );
});
