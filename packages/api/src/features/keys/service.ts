import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import { PERSONAL_SCOPES, type Scope } from '../../core/access.ts';
import { invalidateCached } from '../../core/cache/caches.ts';
import type { AppTrxCtx, DbCtx, MemberCtx, TrxCtx, UserCtx } from '../../core/context.ts';
import { generateApiKey, takeApiKeyStart } from '../../core/crypto/api-keys.ts';
import { hashWithSha256 } from '../../core/crypto/crypto.ts';
import { generateId } from '../../core/crypto/ids.ts';
import { AppError, createValidationError } from '../../core/errors.ts';
import { type PageRequest, paginate } from '../../core/http/pagination.ts';
import { pickDefined } from '../../core/objects.ts';
import { publishEventsFrom } from '../events/service.ts';
import { deleteAnswersOfKey } from '../idempotency/service.ts';
import type { KeyMail } from '../mail/schema.ts';
import { enqueueKeyMail } from '../mail/service.ts';
import type { SecurityEventType } from '../security-events/schema.ts';
import { recordSecurityEvent } from '../security-events/service.ts';
import { getAccount } from '../users/service.ts';
import {
  findListedWorkspaces,
  findPersonalWorkspaceId,
  lockWorkspace,
  requireRole,
  roleSubquery,
} from '../workspaces/service.ts';
import { toKeyCacheKey } from './lookup/service.ts';
import { DEFAULT_LIFETIME_DAYS, MAX_KEYS, MAX_LIFETIME_YEARS } from './policy.ts';
import * as queries from './queries.ts';
import {
  type createKeyInput,
  type CreatedKey,
  type Key,
  type listKeysInput,
  parseGrace,
  type rotateKeyInput,
  type updateKeyInput,
} from './schema.ts';

const DAY_MS = 86_400_000;

const createKeyNotFoundError = () => new AppError('NOT_FOUND', 'API key not found');

const toOutput = (row: queries.KeyRow): Key => ({
  ...row,
  expiresAt: row.expiresAt?.toISOString() ?? null,
  endsAt: row.endsAt?.toISOString() ?? null,
  lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  createdAt: row.createdAt.toISOString(),
});

export async function listKeys(
  ctx: MemberCtx,
  input: z.infer<typeof listKeysInput>,
): Promise<Paginated<Key>> {
  const { workspaceId } = input;
  const workspaces = await findListedWorkspaces(ctx, workspaceId);
  return paginate(
    input,
    (before, limit) => queries.listKeyRows(ctx.db, { workspaces, before, limit }),
    toOutput,
  );
}

/** For the export of the account: without the keys themselves, which nobody has. */
export const listOwnKeys = (ctx: UserCtx, page: PageRequest): Promise<Paginated<Key>> =>
  paginate(
    page,
    (before, limit) => queries.listKeyRows(ctx.db, { createdBy: ctx.principal.userId, before, limit }),
    toOutput,
  );

const roleOfKey = ({ principal }: UserCtx) => roleSubquery(principal, 'k.workspace_id');

/** Throws like `requireRole`. */
async function lockKey(ctx: MemberCtx & TrxCtx, id: string) {
  const row = await queries.lockKeyRow(ctx.db, id, roleOfKey(ctx));
  requireRole(ctx, row?.role, { createNotFoundError: createKeyNotFoundError });
  return row;
}

async function requireKey(ctx: MemberCtx & DbCtx, id: string): Promise<queries.KeyRow> {
  const row = await queries.findKeyRow(ctx.db, id, roleOfKey(ctx));
  requireRole(ctx, row?.role, { createNotFoundError: createKeyNotFoundError });
  const { role: _, ...key } = row;
  return key;
}

/** A team's key may be in many hands, so it must not reveal or spend what is its maker's alone. */
function requireScopesOfWorkspace(workspaceId: string, userId: string, scopes: readonly Scope[]): void {
  if (workspaceId === findPersonalWorkspaceId(userId)) return;
  const personal = scopes.findIndex((scope) => PERSONAL_SCOPES.has(scope));
  if (personal === -1) return;
  throw createValidationError({
    path: `scopes.${personal}`,
    message: `Only keys of a personal workspace can have the scope ${scopes[personal]}`,
    code: 'personal_scope',
  });
}

/** The caller holds the workspace's lock. Throws `LIMIT_REACHED`. */
async function requireRoom(ctx: TrxCtx, workspaceId: string): Promise<void> {
  if ((await queries.countKeys(ctx.db, workspaceId)) < MAX_KEYS) return;
  throw new AppError(
    'LIMIT_REACHED',
    `A workspace can have at most ${MAX_KEYS} API keys. Delete one to make room.`,
  );
}

async function addKey(
  ctx: AppTrxCtx & MemberCtx,
  content: Omit<queries.NewKey, 'id' | 'createdBy' | 'start' | 'hash'>,
): Promise<CreatedKey> {
  const id = generateId();
  const key = generateApiKey();
  const made = {
    id,
    createdBy: ctx.principal.userId,
    start: takeApiKeyStart(key),
    hash: hashWithSha256(key),
  };
  await requireRoom(ctx, content.workspaceId);
  await queries.insertKey(ctx.db, { ...content, ...made });
  await publishEventsFrom(ctx, 'key.created', queries.keyEventQuery(id));
  return { ...toOutput(await requireKey(ctx, id)), key };
}

const NEWS = {
  key_created: 'key-created',
  key_rotated: 'key-rotated',
  key_revoked: 'key-revoked',
} as const satisfies Partial<Record<SecurityEventType, KeyMail['template']>>;

/** Goes to the person for whom the key acts, whoever changed it. */
async function reportChange(
  ctx: AppTrxCtx & UserCtx,
  type: keyof typeof NEWS,
  { id, workspaceId, createdBy: userId, start }: Pick<Key, 'id' | 'workspaceId' | 'createdBy' | 'start'>,
  more: Record<string, unknown> = {},
): Promise<void> {
  await recordSecurityEvent(ctx, type, {
    ...findSubject(ctx, userId),
    details: { keyId: id, workspaceId, ...more },
  });
  await enqueueKeyMail(ctx, { template: NEWS[type], start }, await getAccount(ctx, userId));
}

const findSubject = ({ principal }: UserCtx, userId: string) =>
  principal.userId === userId ? { userId } : { userId, actorId: principal.userId };

const toDate = (text: string | null): Date | null => (text === null ? null : new Date(text));

/** Throws the errors of `requireRole`, `VALIDATION_FAILED` for scopes of a person in a team, and `LIMIT_REACHED`. */
export async function createKey(ctx: MemberCtx, input: z.infer<typeof createKeyInput>): Promise<CreatedKey> {
  const { userId } = ctx.principal;
  const { workspaceId = findPersonalWorkspaceId(userId), name, scopes, allowedNetworks } = input;
  const expiresAt =
    input.expiresAt === undefined
      ? new Date(Date.now() + DEFAULT_LIFETIME_DAYS * DAY_MS)
      : toDate(input.expiresAt);
  return withTransaction(ctx, async (trx) => {
    await lockWorkspace(trx, workspaceId);
    requireScopesOfWorkspace(workspaceId, userId, scopes);
    const content = { workspaceId, name, scopes, allowedNetworks, countries: [], expiresAt };
    const created = await addKey(trx, content);
    await reportChange(trx, 'key_created', created);
    return created;
  });
}

const invalidateKey = (ctx: AppTrxCtx, hash: Buffer): Promise<void> =>
  invalidateCached(ctx, 'keys', toKeyCacheKey(hash));

/** Throws like `createKey`. */
export async function updateKey(ctx: MemberCtx, input: z.infer<typeof updateKeyInput>): Promise<Key> {
  const { id, expiresAt, ...members } = input;
  return withTransaction(ctx, async (trx) => {
    const { workspaceId, createdBy, hash } = await lockKey(trx, id);
    requireScopesOfWorkspace(workspaceId, createdBy, members.scopes ?? []);
    const expiry = expiresAt === undefined ? {} : { expiresAt: toDate(expiresAt) };
    await queries.updateKeyRow(trx.db, id, { ...pickDefined(members), ...expiry });
    await invalidateKey(trx, hash);
    const details = { keyId: id, workspaceId };
    await recordSecurityEvent(trx, 'key_changed', { ...findSubject(ctx, createdBy), details });
    return toOutput(await requireKey(trx, id));
  });
}

/** As long as the old key was made for. */
const findNextExpiry = ({ createdAt, expiresAt }: queries.KeyRow): Date | null =>
  expiresAt &&
  new Date(
    Date.now() +
      Math.min(
        expiresAt.getTime() - createdAt.getTime(),
        MAX_LIFETIME_YEARS * DEFAULT_LIFETIME_DAYS * DAY_MS,
      ),
  );

/**
 * The new key acts for whoever rotates, so that nobody gets a key that may do more than they. Throws `CONFLICT` for a
 * key that was rotated before, and like `createKey`.
 */
export async function rotateKey(ctx: MemberCtx, input: z.infer<typeof rotateKeyInput>): Promise<CreatedKey> {
  const { id } = input;
  const graceSeconds = parseGrace(input.grace) ?? 0;
  const { workspaceId } = await requireKey(ctx, id);
  return withTransaction(ctx, async (trx) => {
    await lockWorkspace(trx, workspaceId);
    const old = await lockKey(trx, id);
    if (old.endsAt !== null)
      throw new AppError(
        'CONFLICT',
        `This key was rotated already and works until ${old.endsAt.toISOString()}`,
      );
    await queries.markKeyReplaced(trx.db, id, graceSeconds);
    await publishEventsFrom(trx, 'key.revoked', queries.keyEventQuery(id));
    await invalidateKey(trx, old.hash);
    const expiresAt = input.expiresAt === undefined ? findNextExpiry(old) : toDate(input.expiresAt);
    const { name, scopes, allowedNetworks, countries } = old;
    const created = await addKey(trx, { workspaceId, name, scopes, allowedNetworks, countries, expiresAt });
    await reportChange(trx, 'key_rotated', old, { newKeyId: created.id, graceSeconds });
    return created;
  });
}

/** At once here, and within a second on every other instance. Throws like `requireRole`. */
export async function revokeKey(ctx: MemberCtx, { id }: { id: string }): Promise<void> {
  await withTransaction(ctx, async (trx) => {
    const key = await lockKey(trx, id);
    await queries.markKeyRevoked(trx.db, id);
    await publishEventsFrom(trx, 'key.revoked', queries.keyEventQuery(id));
    await deleteAnswersOfKey(trx, id);
    await invalidateKey(trx, key.hash);
    await reportChange(trx, 'key_revoked', key);
  });
}

/** Scheduled job. */
export const deleteOldKeys = (ctx: DbCtx): Promise<void> => queries.deleteEndedKeyRows(ctx.db);
