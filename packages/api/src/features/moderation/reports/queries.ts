import { type Db, deleteExpiredRows, secondsAgoPart, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import type { ReportReason } from '../../pages/takedowns/schema.ts';
import { MAX_OPEN_REPORTS } from '../policy.ts';
import { moderatedPagePart } from '../queries.ts';

export type NewReport = {
  id: string;
  pageId: string;
  reason: ReportReason;
  details: string | null;
  email: string | null;
  reporterHash: Buffer;
};

/**
 * The same reporter's repetition, and each report beyond the limit of a page, only raises a count. Parallel reports can
 * exceed the limit by a few; a lock would let a flood of them hold every connection.
 */
export async function storeReport(db: Db, given: NewReport): Promise<void> {
  const { id, pageId, reason, details, email, reporterHash } = given;
  await sql`
    with stored as (
      insert into page_reports as r (id, page_id, reason, details, email, reporter_hash)
      select ${id}::uuid, p.id, ${reason}::text, ${details}::text, ${email}::text, ${reporterHash}::bytea
      from pages p where p.id = ${pageId}::uuid and (
        (select count(*) from page_reports where page_id = p.id and status = 'open') < ${MAX_OPEN_REPORTS}
        or exists (select from page_reports o where o.page_id = p.id and o.reason = ${reason}
          and o.reporter_hash = ${reporterHash}::bytea and o.status = 'open')
      )
      on conflict (page_id, reason, reporter_hash) where status = 'open' do update
        set times = r.times + 1, reported_at = now(), details = coalesce(r.details, excluded.details),
          email = coalesce(r.email, excluded.email)
      returning id
    )
    update page_reports set times = times + 1, reported_at = now()
    where not exists (select from stored) and id = (
      select id from page_reports where page_id = ${pageId} and status = 'open' order by id desc limit 1
    )`.execute(db);
}

const selectReports = (db: Db) =>
  db
    .selectFrom('page_reports as r')
    .innerJoin('pages as p', 'p.id', 'r.page_id')
    .select([
      'r.id',
      moderatedPagePart.as('page'),
      'r.reason',
      'r.details',
      'r.email',
      'r.times',
      'r.status',
      'r.note',
      'r.created_at as createdAt',
      'r.reported_at as reportedAt',
      'r.resolved_at as resolvedAt',
    ])
    .$narrowType<{ reason: ReportReason }>();

export type ReportRow = Awaited<ReturnType<typeof listReportRows>>[number];

type Filter = {
  status: ReportStatus;
  reason?: ReportReason | undefined;
  pageId?: string | undefined;
  handle?: string | undefined;
  before: string | null;
  limit: number;
};
export type ReportStatus = 'open' | 'dismissed' | 'acted';

/** The newest first. */
export async function listReportRows(db: Db, { status, reason, pageId, handle, before, limit }: Filter) {
  return selectReports(db)
    .where('r.status', '=', status)
    .$call((query) => (reason === undefined ? query : query.where('r.reason', '=', reason)))
    .$call((query) => (pageId === undefined ? query : query.where('r.page_id', '=', pageId)))
    .$call((query) =>
      handle === undefined
        ? query
        : query.where('r.page_id', 'in', (eb) =>
            eb
              .selectFrom('handles')
              .select(sql<string>`page_id`.as('page_id'))
              .where('handle', '=', handle.toLowerCase()),
          ),
    )
    .$call((query) => (before === null ? query : query.where('r.id', '<', before)))
    .orderBy('r.id', 'desc')
    .limit(limit)
    .execute();
}

export const findReportRow = (db: Db, id: string): Promise<ReportRow | undefined> =>
  selectReports(db).where('r.id', '=', id).executeTakeFirst();

type Resolution = { status: 'dismissed' | 'acted'; note: string | null };

/** Only open ones. Returns how many. */
export async function resolveReportRows(
  trx: Trx,
  of: { id: string } | { pageId: string },
  { status, note }: Resolution,
): Promise<number> {
  const result = await trx
    .updateTable('page_reports')
    .set({ status, note, resolved_at: sql<Date>`now()` })
    .where('status', '=', 'open')
    .$call((query) => ('id' in of ? query.where('id', '=', of.id) : query.where('page_id', '=', of.pageId)))
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

export const listReportsByEmail = (db: Db, email: string) =>
  db
    .selectFrom('page_reports as r')
    .innerJoin('pages as p', 'p.id', 'r.page_id')
    .select(['p.handle', 'r.reason', 'r.details', 'r.status', 'r.created_at as createdAt'])
    .$narrowType<{ reason: ReportReason }>()
    .where(sql<boolean>`lower(r.email) = lower(${email})`)
    .orderBy('r.id')
    .execute();

export async function clearReporterRows(trx: Trx, email: string): Promise<void> {
  await trx
    .updateTable('page_reports')
    .set({ email: null })
    .where(sql<boolean>`lower(email) = lower(${email})`)
    .execute();
}

/** An open one loses its reporter's address instead. */
export async function deleteExpiredReportRows(db: Db, seconds: number): Promise<void> {
  const before = secondsAgoPart(seconds);
  await deleteExpiredRows(db, { table: 'page_reports', by: sql`resolved_at`, before });
  await sql`
    update page_reports set email = null
    where status = 'open' and email is not null and reported_at < ${before}`.execute(db);
}
