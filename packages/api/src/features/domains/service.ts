import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import { invalidateCached } from '../../core/cache/caches.ts';
import type { AppCtx, AppTrxCtx, MemberCtx, UserCtx } from '../../core/context.ts';
import { generateCode, generateId } from '../../core/crypto/ids.ts';
import { AppError, createTakenError, createValidationError } from '../../core/errors.ts';
import { type PageRequest, paginate } from '../../core/http/pagination.ts';
import { requireAllowedHosts } from '../blocked-hosts/service.ts';
import { invalidateCachedPages } from '../pages/handles/service.ts';
import { requirePage } from '../pages/service.ts';
import {
  findListedWorkspaces,
  lockWorkspace,
  ownedWorkspacesSubquery,
  requireRole,
  roleSubquery,
} from '../workspaces/service.ts';
import { findHostBucket, isApex, isOwnName, listDnsRecords, MAX_DOMAINS } from './policy.ts';
import * as queries from './queries.ts';
import type { createDomainInput, Domain, listDomainsInput, updateDomainInput } from './schema.ts';

const TOKEN_LENGTH = 32;

const toOutput = ({ config }: Pick<AppCtx, 'config'>, row: queries.DomainRow): Domain => ({
  id: row.id,
  workspaceId: row.workspaceId,
  hostname: row.hostname,
  pageId: row.pageId,
  primary: row.primary,
  status: row.status,
  statusDetail: row.statusDetail,
  isApex: isApex(row.hostname),
  records: listDnsRecords(row, { target: config.domainTarget, addresses: config.domainAddresses }),
  verifiedAt: row.verifiedAt?.toISOString() ?? null,
  checkedAt: row.checkedAt?.toISOString() ?? null,
  createdAt: row.createdAt.toISOString(),
});

/** Throws like `requireRole`. */
export async function requireDomain(ctx: MemberCtx, id: string): Promise<queries.DomainRow> {
  const found = await queries.findDomainRow(ctx.db, id, roleSubquery(ctx.principal, 'domains.workspace_id'));
  requireRole(ctx, found?.role, { createNotFoundError: () => new AppError('NOT_FOUND', 'Domain not found') });
  const { role: _, ...row } = found;
  return row;
}

/** On every instance, after commit: who serves the host, and what the page's address is. */
export async function invalidateDomain(
  ctx: AppTrxCtx,
  { hostname, pageId }: Pick<queries.DomainRow, 'hostname' | 'pageId'>,
): Promise<void> {
  await invalidateCached(ctx, 'domains', String(findHostBucket(hostname)));
  await invalidateCachedPages(ctx, { pageId });
}

export async function listDomains(
  ctx: MemberCtx,
  input: z.infer<typeof listDomainsInput>,
): Promise<Paginated<Domain>> {
  const workspaces = await findListedWorkspaces(ctx, input.workspaceId);
  return paginate(
    input,
    (after, limit) => queries.listDomainRows(ctx.db, { workspaces, after, limit }),
    (row) => toOutput(ctx, row),
  );
}

/** For the export of the account. */
export function listOwnedDomains(ctx: UserCtx, page: PageRequest): Promise<Paginated<Domain>> {
  const workspaces = ownedWorkspacesSubquery(ctx.principal.userId);
  return paginate(
    page,
    (after, limit) => queries.listDomainRows(ctx.db, { workspaces, after, limit }),
    (row) => toOutput(ctx, row),
  );
}

export const getDomain = async (ctx: MemberCtx, { id }: { id: string }): Promise<Domain> =>
  toOutput(ctx, await requireDomain(ctx, id));

const createPlatformNameError = (): AppError =>
  createValidationError({
    path: 'hostname',
    message: 'This name belongs to the service itself',
    code: 'own_host',
  });

async function requireRoom(trx: AppTrxCtx, hostname: string, workspaceId: string): Promise<void> {
  const { isOwn, isProven } = await queries.findClaims(trx.db, hostname, workspaceId);
  if (isOwn) throw new AppError('CONFLICT', 'The workspace has this domain already');
  if (isProven) throw createTakenError('DOMAIN_TAKEN');
  if ((await queries.countDomains(trx.db, workspaceId)) < MAX_DOMAINS) return;
  throw new AppError(
    'LIMIT_REACHED',
    `A workspace can have at most ${MAX_DOMAINS} domains. Delete one to make room.`,
  );
}

/** Throws like `requireRole`, and `DOMAIN_TAKEN` if another workspace has proven that it owns the name. */
export async function createDomain(
  ctx: MemberCtx,
  { hostname, pageId }: z.infer<typeof createDomainInput>,
): Promise<Domain> {
  if (isOwnName(hostname, ctx.config.ownHosts)) throw createPlatformNameError();
  const id = generateId();
  return withTransaction(ctx, async (trx) => {
    const { workspaceId } = await requirePage(trx, pageId);
    await requireAllowedHosts(trx, `https://${hostname}`);
    await lockWorkspace(trx, workspaceId);
    await requireRoom(trx, hostname, workspaceId);
    const primary = !(await queries.hasPrimaryDomain(trx.db, pageId));
    const token = generateCode(TOKEN_LENGTH);
    const bucket = findHostBucket(hostname);
    await queries.insertDomain(trx.db, { id, workspaceId, pageId, hostname, bucket, primary, token });
    return getDomain(trx, { id });
  });
}

/** The workspace's lock keeps two domains of a page from becoming primary at once. Throws like `requireRole`. */
async function lockDomain(trx: AppTrxCtx & MemberCtx, id: string): Promise<queries.DomainRow> {
  const { workspaceId } = await requireDomain(trx, id);
  await lockWorkspace(trx, workspaceId);
  return requireDomain(trx, id);
}

/** Throws like `requireRole`. */
export async function updateDomain(
  ctx: MemberCtx,
  { id, pageId, primary }: z.infer<typeof updateDomainInput>,
): Promise<Domain> {
  return withTransaction(ctx, async (trx) => {
    const before = await lockDomain(trx, id);
    if (pageId !== undefined && pageId !== before.pageId) {
      const page = await requirePage(trx, pageId);
      if (page.workspaceId !== before.workspaceId)
        throw createValidationError({
          path: 'pageId',
          message: 'Choose a page of the same workspace',
          code: 'other_workspace',
        });
      const isFirst = !(await queries.hasPrimaryDomain(trx.db, pageId));
      await queries.updateDomainPage(trx.db, id, pageId, isFirst);
      await invalidateDomain(trx, before);
    }
    if (primary) await queries.updatePrimaryDomain(trx.db, pageId ?? before.pageId, id);
    const after = await requireDomain(trx, id);
    await invalidateDomain(trx, after);
    return toOutput(trx, after);
  });
}

/** Throws like `requireRole`. */
export async function deleteDomain(ctx: MemberCtx, { id }: { id: string }): Promise<void> {
  await withTransaction(ctx, async (trx) => {
    const domain = await lockDomain(trx, id);
    await queries.deleteDomainRow(trx.db, id);
    await invalidateDomain(trx, domain);
  });
}
