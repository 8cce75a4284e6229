import type { CapPeriod, Trx } from '@linkgrove/db';
import { sql } from 'kysely';

export type Cap = { cap: number; capPeriod: CapPeriod; timezone: string };
export type CapWindow = { period: string; startsAt: Date | null; endsAt: Date | null };

export const CAP_PERIOD_FORMATS: Record<CapPeriod, string> = {
  day: 'YYYY-MM-DD',
  week: 'IYYY-"W"IW',
  month: 'YYYY-MM',
  all: '"all"',
};

const lockNumber = (userId: string) => sql`hashtextextended(${userId}, 2)`;

/** Grants of a referrer run beside each other; only the first one of a new period waits for the others. */
export async function lockCaps(trx: Trx, userId: string, mode: 'shared' | 'exclusive'): Promise<void> {
  await (
    mode === 'shared'
      ? sql`select pg_advisory_xact_lock_shared(${lockNumber(userId)})`
      : sql`select pg_advisory_xact_lock(${lockNumber(userId)})`
  ).execute(trx);
}

/** The name of the period that now is in, such as `2026-11` or `2026-11 Europe/Berlin`. */
const periodName = ({ capPeriod, timezone }: Cap) => {
  const name = sql<string>`to_char(now() at time zone ${timezone}::text, ${CAP_PERIOD_FORMATS[capPeriod]})`;
  return timezone === 'UTC' || capPeriod === 'all' ? name : sql<string>`${name} || ${` ${timezone}`}::text`;
};

export async function findWindow(
  trx: Trx,
  userId: string,
  limit: Cap,
): Promise<{ period: string; granted: number | null }> {
  const { rows } = await sql<{ period: string; granted: number | null }>`
    select p.name as period, w.granted
    from (select ${periodName(limit)} as name) p
      left join reward_windows w on w.user_id = ${userId} and w.period = p.name`.execute(trx);
  return rows[0] ?? { period: '', granted: null };
}

/** Counts the rewards so far, except the one to be granted. */
export async function insertWindow(
  trx: Trx,
  of: { userId: string; rewardId: string; period: string; limit: Cap },
): Promise<void> {
  const { capPeriod, timezone, cap } = of.limit;
  const unit = capPeriod === 'all' ? 'day' : capPeriod;
  await sql`
    with bounds as (
      select
        case when ${capPeriod} = 'all' then '-infinity' else b.start at time zone ${timezone}::text end as starts_at,
        case when ${capPeriod} = 'all' then 'infinity'
          else (b.start + ${`1 ${unit}`}::interval) at time zone ${timezone}::text end as ends_at
      from (select date_trunc(${unit}, now() at time zone ${timezone}::text) as start) b
    ),
    counted as (
      select count(*)::int as granted from rewards w, bounds b
      where w.user_id = ${of.userId} and w.role = 'referrer' and w.state in ('pending', 'granted', 'review', 'waived')
        and w.id <> ${of.rewardId} and w.created_at >= b.starts_at and w.created_at < b.ends_at
    )
    insert into reward_windows (user_id, period, starts_at, ends_at, granted, cap)
    select ${of.userId}, ${of.period}, b.starts_at, b.ends_at, c.granted, greatest(c.granted, ${cap}::int)
    from bounds b, counted c
    on conflict (user_id, period) do nothing`.execute(trx);
}

const openWindows = (userId: string, at: Date | null) => sql`
  user_id = ${userId} and starts_at <= coalesce(${at}::timestamptz, now())
    and ends_at > coalesce(${at}::timestamptz, now())`;

/** In one order, against deadlocks. */
export async function lockOpenWindows(
  trx: Trx,
  userId: string,
  at: Date | null,
): Promise<{ period: string; granted: number }[]> {
  const { rows } = await sql<{ period: string; granted: number }>`
    select period, granted from reward_windows where ${openWindows(userId, at)} order by period for update`.execute(
    trx,
  );
  return rows;
}

/** Only the cap of `limit` holds; under others the reward counts all the same. */
export async function addToWindows(
  trx: Trx,
  userId: string,
  { at, limit }: { at: Date | null; limit: Cap | null },
): Promise<void> {
  await sql`
    update reward_windows set granted = granted + 1, cap = greatest(cap, granted + 1, ${limit?.cap ?? 0}::int)
    where ${openWindows(userId, at)}`.execute(trx);
}

export async function subtractFromWindows(trx: Trx, userId: string, at: Date): Promise<void> {
  await sql`update reward_windows set granted = granted - 1 where ${openWindows(userId, at)}`.execute(trx);
}
