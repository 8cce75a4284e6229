import type { Sql } from './sql.ts';

// Builds a database after one year of use, with one statement per table. Users 1, 2 and 3 have a tenth of all referrals, ten
// thousand and ten; 20,000 others share the rest, each within about twenty days. Most referrals of user 1 are half a year
// old, which is the worst case for plans that scan from the newest row.

/** Referrals that are not rolled up, all of user 1. */
export const BACKLOG = 10_000;
export const DUE = 1_000;
const OTHERS = 20_000;
const DAYS = 365;

export const VIRAL = 1;
export const BUSY = 2;
export const SMALL = 3;

type Kind = 'user' | 'link' | 'referral' | 'reward' | 'session';
const KINDS: Record<Kind, number> = { user: 0, link: 1, referral: 2, reward: 3, session: 4 };

/** Returns the ID of the `n`th row of a kind; IDs are in chronological order, like real ones. */
export const toId = (kind: Kind, n: number): string =>
  `0198000${KINDS[kind]}-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

export const toCode = (u: number): string => `c${(u === VIRAL ? 1 : 100 + u).toString(16).padStart(9, '0')}`;

const buildFunctions = (rows: number): string => `
  create schema bench;
  create function bench.id(kind int, n bigint) returns uuid language sql immutable
    return ('0198000' || kind || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid;
  create function bench.at(n bigint) returns timestamptz language sql stable
    return now() - (${rows} - n) * ${(DAYS * 86_400) / rows} * interval '1 second';
  create function bench.code(n bigint) returns text language sql immutable return 'c' || lpad(to_hex(n), 9, '0');
  create function bench.dice(n bigint) returns int language sql immutable
    return ((n * 2654435761 % 4294967296) * 100 / 4294967296)::int;
  create function bench.referrer(n bigint) returns bigint language sql immutable return case
    when n > ${rows - BACKLOG} or (n <= ${rows / 2} and n % 5 = 0) then ${VIRAL}
    when n % ${Math.max(5, Math.floor(rows / 10_000))} = 1 then ${BUSY}
    when n % ${rows / 10} = 3 then ${SMALL}
    else 4 + (n - 1) * 20 / ${rows} * ${OTHERS / 20} + n * 7919 % ${OTHERS / 20}
  end;
  create function bench.link(n bigint, referrer bigint) returns bigint language sql immutable
    return case referrer when ${VIRAL} then 1 + n / 5 % 100 else 100 + referrer end;
  create function bench.status(n bigint) returns text language sql immutable return case
    when n > ${rows - BACKLOG} then 'pending'
    else case bench.dice(n) when 0 then 'pending' when 1 then 'pending' when 2 then 'rejected' when 3 then 'review'
      else 'successful' end
  end;`;

const REFERRERS = OTHERS + 3;
const HASH = '$2b$12$ufLQNbpRC4c5fYD7vWuE7.1wt0Yw1TzCtu3Jl3VJMChxGLpzFzYhe';
const CAMPAIGN = '01900000-0000-7000-8000-000000000001';
const TERMS = '01900000-0000-7000-8000-000000000002';

/** Referrers first, then referred users. */
const buildUsers = (rows: number): string => `
  insert into users (
    id, username, email, email_canonical, password_hash, referral_code, referred_by, email_verified_at, created_at,
    leaderboard, role
  )
  select bench.id(0, u), 'user' || lpad(u::text, 9, '0'), m.email, m.email, '${HASH}',
    bench.code(case u when 1 then 1 else 100 + u end),
    case when u > ${REFERRERS} then bench.id(0, bench.referrer(u - ${REFERRERS})) end,
    case when u <= ${REFERRERS + rows - BACKLOG + DUE} then bench.at(greatest(0, u - ${REFERRERS})) end,
    bench.at(greatest(0, u - ${REFERRERS})), u <= ${REFERRERS} and (u <= 3 or u % 4 = 0),
    case u when ${SMALL} then 'admin' else 'user' end
  from generate_series(1, ${REFERRERS + rows}::bigint) u
    cross join lateral (values ('user' || lpad(u::text, 9, '0') || '@example.com')) m (email)`;

/** One link per user, and 99 more for user 1. */
const buildLinks = (rows: number): string => `
  insert into referral_links (id, user_id, code, label, created_at)
  select bench.id(1, l), bench.id(0, case when l <= 100 then 1 else l - 100 end), bench.code(l), null, bench.at(0)
  from generate_series(1, ${REFERRERS + rows + 100}::bigint) l where l <> 101`;
const buildCodes = (rows: number): string => `
  insert into referral_codes (code, link_id, user_id, created_at)
  select bench.code(l), bench.id(1, l), bench.id(0, case when l <= 100 then 1 else l - 100 end), bench.at(0)
  from generate_series(1, ${REFERRERS + rows + 100}::bigint) l where l <> 101`;

const buildReferrals = (rows: number): string => `
  insert into referrals (
    id, referrer_id, referred_user_id, link_id, status, date_referred, qualified_at, campaign_version_id, due_at
  )
  select bench.id(2, n), bench.id(0, r.u), bench.id(0, n + ${REFERRERS}), bench.id(1, bench.link(n, r.u)), s.status,
    bench.at(n), case s.status when 'successful' then bench.at(n) end, '${TERMS}',
    case when n > ${rows - BACKLOG} and n <= ${rows - BACKLOG + DUE} then now() - interval '1 minute' end
  from generate_series(1, ${rows}::bigint) n
    cross join lateral (values (bench.referrer(n))) r (u)
    cross join lateral (values (bench.status(n))) s (status)`;

const buildCounts = (rows: number): string => `
  insert into referral_totals (link_id, referrer_id, visits, signups, pending, successful, rejected, review)
  select link_id, referrer_id, count(*) * 5, count(*), count(*) filter (where status = 'pending'),
    count(*) filter (where status = 'successful'), count(*) filter (where status = 'rejected'),
    count(*) filter (where status = 'review')
  from referrals where id <= bench.id(2, ${rows - BACKLOG}) group by 1, 2 order by 1;
  insert into referral_daily (referrer_id, day, visits, signups, successful)
  select referrer_id, (date_referred at time zone 'utc')::date, count(*) * 5, count(*),
    count(*) filter (where status = 'successful')
  from referrals where id <= bench.id(2, ${rows - BACKLOG}) group by 1, 2 order by 1, 2;
  insert into referral_slots (referrer_id, slot, visits, signups, unvisited, successful, reversed, undone)
  select referrer_id, date_bin('15 minutes', date_referred, '2000-01-01Z'), count(*) * 5, count(*), 0,
    count(*) filter (where status = 'successful'), 0, 0
  from referrals where id <= bench.id(2, ${rows - BACKLOG}) group by 1, 2 order by 1, 2;
  insert into referral_deltas (referrer_id, link_id, signups, pending)
  select referrer_id, link_id, 1, 1 from referrals where id > bench.id(2, ${rows - BACKLOG}) order by id`;

/** History and rewards of users 1 to 3, and of a tenth of the others. */
const buildRewards = (rows: number): string => `
  create unlogged table bench.rewarded as
    select n, r.u from generate_series(1, ${rows - BACKLOG}::bigint) n
      cross join lateral (values (bench.referrer(n))) r (u)
    where bench.status(n) = 'successful' and (r.u <= 3 or n % 10 = 7);
  insert into referral_events (referral_id, from_status, to_status, created_at)
  select bench.id(2, n), 'pending', 'successful', bench.at(n) from bench.rewarded order by n;
  insert into rewards (id, user_id, referral_id, campaign_id, role, credits, created_at)
  select bench.id(3, n), bench.id(0, u), bench.id(2, n), '${CAMPAIGN}', 'referrer', 10, bench.at(n)
    from bench.rewarded order by n;
  insert into rewards (id, user_id, referral_id, campaign_id, role, credits, created_at)
  select bench.id(3, n + ${rows}), bench.id(0, n + ${REFERRERS}), bench.id(2, n), '${CAMPAIGN}', 'referred', 5,
    bench.at(n) from bench.rewarded where n % 10 = 7 order by n;
  insert into rewards (id, user_id, campaign_id, role, threshold, credits, created_at)
  select bench.id(3, ${rows * 2} + u * 100 + t), bench.id(0, u), '${CAMPAIGN}', 'milestone', t, 25, now()
    from generate_series(1, ${REFERRERS}::bigint) u, (values (5), (10), (25)) m (t) where u <> ${SMALL};
  insert into credit_entries (id, user_id, amount, kind, reward_id, created_at)
  select id, user_id, credits, 'reward', id, created_at from rewards order by id;
  insert into credit_deltas (user_id, amount)
  select user_id, amount from credit_entries where user_id = bench.id(0, ${VIRAL}) order by id desc limit ${BACKLOG / 2};
  insert into credit_accounts (user_id, balance, earned)
  select e.user_id, sum(e.amount) - coalesce(d.sum, 0), sum(e.amount) - coalesce(d.sum, 0)
  from credit_entries e left join (select user_id, sum(amount) from credit_deltas group by user_id) d using (user_id)
  group by e.user_id, d.sum;
  drop table bench.rewarded`;

const SESSIONS = `
  insert into sessions (id, user_id, expires_at)
  select bench.id(4, u), bench.id(0, u), now() + interval '30 days' from generate_series(1, 3) u`;

/** Settings for a fast load without crash safety. All can be changed at run time. */
const LOADING = {
  fsync: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  max_wal_size: '8GB',
  work_mem: '512MB',
  maintenance_work_mem: '512MB',
};

type Index = { name: string; definition: string };

/** Drops the indexes without constraints and returns their definitions: building them after the load is faster. */
async function dropIndexes(sql: Sql): Promise<Index[]> {
  const indexes = await sql.run<Index>(`
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
    from pg_index i join pg_class t on t.oid = i.indrelid
    where t.relnamespace = 'public'::regnamespace
      and not exists (select from pg_constraint where conindid = i.indexrelid)`);
  for (const { name } of indexes) await sql.run(`drop index ${name}`);
  return indexes;
}

async function runConcurrently(sql: Sql, statements: string[]): Promise<void> {
  const left = [...statements];
  const runNext = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await sql.run(next);
  };
  await Promise.all([runNext(), runNext(), runNext()]);
}

/** Fills the database with `rows` referrals and related rows. Foreign keys are not checked. */
export async function fillDatabase(
  sql: Sql,
  rows: number,
  onProgress: (line: string) => void,
): Promise<void> {
  const runStep = async (name: string, work: Promise<unknown>): Promise<void> => {
    const start = performance.now();
    await work;
    onProgress(`${name}: ${((performance.now() - start) / 1_000).toFixed(0)} s`);
  };
  for (const [name, value] of Object.entries(LOADING)) await sql.run(`alter system set ${name} = '${value}'`);
  await sql.run('select pg_reload_conf()');
  await sql.run(buildFunctions(rows));
  const indexes = await dropIndexes(sql);
  const load = (text: string) => sql.run(`set session_replication_role = replica; ${text}; reset all`);
  const base = [buildUsers(rows), buildLinks(rows), buildCodes(rows), buildReferrals(rows)];
  await runStep('users, links, codes, referrals', Promise.all(base.map(load)));
  const derived = [buildCounts(rows), buildRewards(rows), SESSIONS];
  await runStep('counts, history, rewards', Promise.all(derived.map(load)));
  const definitions = indexes.map(({ definition }) => definition);
  await runStep('indexes', runConcurrently(sql, definitions));
  await runStep('vacuum', sql.run('vacuum (analyze)'));
  await sql.run('alter system reset all');
  await sql.run('select pg_reload_conf()');
  await sql.run('checkpoint');
}
