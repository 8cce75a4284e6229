import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';
import type { Range } from '../periods/policy.ts';
import { type AnalyticsPage, eventsPart } from '../queries.ts';

/** Exact, for a short range in one UTC day. */
export async function countUniqueVisitors(db: Db, pages: AnalyticsPage[], range: Range): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(distinct e.visitor) as count from ${eventsPart(pages, range, {})}`.execute(db);
  return rows[0]?.count ?? 0;
}
