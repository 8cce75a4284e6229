import type { Db, Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import type { Role } from '../../core/access.ts';
import type { DomainState } from './policy.ts';

const COLUMNS = [
  'id',
  'workspace_id as workspaceId',
  'page_id as pageId',
  'hostname',
  'is_primary as primary',
  'token',
  'status',
  'status_detail as statusDetail',
  'verified_at as verifiedAt',
  'failing_since as failingSince',
  'checked_at as checkedAt',
  'created_at as createdAt',
] as const;

/** `roleSubquery` of workspaces for `domains.workspace_id`. */
export type RoleOfDomain = RawBuilder<Role | null>;

const selectDomains = (db: Db) => db.selectFrom('domains').select(COLUMNS);
export type DomainRow = Awaited<ReturnType<typeof listDomainRows>>[number];

export async function listDomainRows(
  db: Db,
  filter: { workspaces: RawBuilder<string> | string[]; after: string | null; limit: number },
) {
  return selectDomains(db)
    .where('workspace_id', 'in', filter.workspaces)
    .$call((query) => (filter.after === null ? query : query.where('id', '>', filter.after)))
    .orderBy('id')
    .limit(filter.limit)
    .execute();
}

export const findDomainRow = (db: Db, id: string, role: RoleOfDomain) =>
  selectDomains(db).select(role.as('role')).where('id', '=', id).executeTakeFirst();

export const lockDomainRow = (trx: Trx, id: string): Promise<DomainRow | undefined> =>
  selectDomains(trx).where('id', '=', id).forUpdate().executeTakeFirst();

/** Whether the workspace has it already, and whether another one has proven that it owns it. */
export async function findClaims(trx: Trx, hostname: string, workspaceId: string) {
  const { rows } = await sql<{ isOwn: boolean; isProven: boolean }>`
    select coalesce(bool_or(workspace_id = ${workspaceId}::uuid), false) as "isOwn",
      coalesce(bool_or(workspace_id <> ${workspaceId}::uuid and verified_at is not null and failing_since is null),
        false) as "isProven"
    from domains where hostname = ${hostname}`.execute(trx);
  return rows[0] ?? { isOwn: false, isProven: false };
}

export async function countDomains(trx: Trx, workspaceId: string): Promise<number> {
  const row = await trx
    .selectFrom('domains')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirstOrThrow();
  return row.count;
}

export async function hasPrimaryDomain(trx: Trx, pageId: string): Promise<boolean> {
  const row = await trx
    .selectFrom('domains')
    .select('id')
    .where('page_id', '=', pageId)
    .where('is_primary', '=', true)
    .executeTakeFirst();
  return row !== undefined;
}

export type NewDomain = {
  id: string;
  workspaceId: string;
  pageId: string;
  hostname: string;
  bucket: number;
  primary: boolean;
  token: string;
};

export async function insertDomain(trx: Trx, domain: NewDomain): Promise<void> {
  const { workspaceId, pageId, primary, ...columns } = domain;
  await trx
    .insertInto('domains')
    .values({ ...columns, workspace_id: workspaceId, page_id: pageId, is_primary: primary })
    .execute();
}

export async function updateDomainPage(
  trx: Trx,
  id: string,
  pageId: string,
  primary: boolean,
): Promise<void> {
  await trx
    .updateTable('domains')
    .set({ page_id: pageId, is_primary: primary })
    .where('id', '=', id)
    .execute();
}

export async function updatePrimaryDomain(trx: Trx, pageId: string, id: string): Promise<void> {
  await trx
    .updateTable('domains')
    .set({ is_primary: false })
    .where('page_id', '=', pageId)
    .where('is_primary', '=', true)
    .execute();
  await trx.updateTable('domains').set({ is_primary: true }).where('id', '=', id).execute();
}

export async function deleteDomainRow(trx: Trx, id: string): Promise<void> {
  await trx.deleteFrom('domains').where('id', '=', id).execute();
}

/** Throws the unique violation `domains_verified_key`. */
export async function updateDomainState(
  trx: Trx,
  id: string,
  { status, statusDetail, verifiedAt, failingSince }: DomainState,
  checkInMinutes: number,
): Promise<void> {
  await trx
    .updateTable('domains')
    .set({
      status,
      status_detail: statusDetail,
      verified_at: verifiedAt,
      failing_since: failingSince,
      checked_at: sql<Date>`now()`,
      next_check_at: sql<Date>`now() + make_interval(mins => ${checkInMinutes})`,
    })
    .where('id', '=', id)
    .execute();
}
