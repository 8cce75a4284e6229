import { withTransaction } from '@linkgrove/db';
import { v7 } from 'uuid';
import { z } from 'zod';
import type { AppTrxCtx, UserCtx } from '../../../core/context.ts';
import { AppError, createValidationError } from '../../../core/errors.ts';
import { publishEventsFrom } from '../../events/service.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { invalidateUser } from '../../users/service.ts';
import { IMPORTED_VERSION } from '../campaigns/policy.ts';
import { getRunningCampaign } from '../campaigns/service.ts';
import { readReferralCode } from '../links/schema.ts';
import { qualifyReferral } from '../qualification/service.ts';
import { referralEventQuery } from '../queries.ts';
import type { ReviewedReferral } from '../review/schema.ts';
import { getReviewedReferral } from '../review/service.ts';
import { invalidateReferralStats } from '../stats/service.ts';
import { parseCsv } from './policy.ts';
import * as queries from './queries.ts';
import {
  type addReferralInput,
  type ImportedReferrals,
  type importReferralsInput,
  type ImportResult,
  MAX_IMPORTED_ROWS,
} from './schema.ts';

const MAX_PROBLEMS = 100;

/** Its place in lists, which are in the order of IDs, is that of its date. */
const generateIdAt = (at: Date): string => v7({ msecs: at.getTime() });

const REFUSALS: Record<Exclude<ImportResult, 'new' | 'invalid_row' | 'repeated'>, () => AppError> = {
  exists: () => new AppError('CONFLICT', 'This user was referred by this referrer already'),
  other_referrer: () => new AppError('CONFLICT', 'This user was referred by somebody else'),
  referrer_is_newer: () => new AppError('CONFLICT', 'The referrer signed up after this user'),
  own_referral: () => new AppError('SELF_REFERRAL', 'Nobody can refer themselves'),
  unknown_referrer: () => new AppError('NOT_FOUND', 'Referrer not found'),
  unknown_referred: () => new AppError('NOT_FOUND', 'Referred user not found'),
  unknown_code: () => new AppError('INVALID_REFERRAL_CODE', "This is no code of the referrer's"),
};

type Placed = { referrerId: string; referredUserId: string; linkId: string };

function judgeCandidate(found: queries.FoundCandidate): Placed | keyof typeof REFUSALS {
  const { referrerId, referredUserId, linkId } = found;
  if (referrerId === null) return 'unknown_referrer';
  if (referredUserId === null) return 'unknown_referred';
  if (referrerId === referredUserId) return 'own_referral';
  if (found.knownReferrerId !== null)
    return found.knownReferrerId === referrerId ? 'exists' : 'other_referrer';
  if (linkId === null) return 'unknown_code';
  return found.isReferrerOlder ? { referrerId, referredUserId, linkId } : 'referrer_is_newer';
}

/** Under the terms of the running campaign: it is rewarded once it meets them. Throws `NOT_FOUND` and `CONFLICT`. */
export async function addReferral(
  ctx: UserCtx,
  { referrer, referred, code, reason }: z.infer<typeof addReferralInput>,
): Promise<ReviewedReferral> {
  const { userId: actorId } = ctx.principal;
  const candidate = { line: 1, referrer, referred, code: code ?? null };
  const now = new Date();
  const id = generateIdAt(now);
  await withTransaction(ctx, async (trx) => {
    const [found] = await queries.findCandidates(trx.db, [candidate]);
    const placed = found ? judgeCandidate(found) : 'unknown_referred';
    if (typeof placed === 'string') throw REFUSALS[placed]();
    const { versionId } = await getRunningCampaign(trx);
    const row = {
      ...placed,
      id,
      versionId,
      status: 'pending' as const,
      dateReferred: now.toISOString(),
      qualifiedAt: null,
    };
    const added = await queries.insertAddedReferrals(trx.db, [row], { userId: actorId, reason });
    if (added.length === 0) throw REFUSALS.other_referrer();
    await publishEventsFrom(trx, 'referral.created', referralEventQuery(id));
    await qualifyReferral(trx, placed.referredUserId);
    const details = { referralId: id, reason };
    await recordSecurityEvent(trx, 'referral_added', { userId: placed.referrerId, actorId, details });
    await invalidateAdded(trx, [placed]);
  });
  return getReviewedReferral(ctx, id);
}

async function invalidateAdded(ctx: AppTrxCtx, added: Placed[]): Promise<void> {
  for (const referrerId of new Set(added.map((row) => row.referrerId))) {
    await invalidateReferralStats(ctx, referrerId);
  }
  for (const { referredUserId } of added) await invalidateUser(ctx, referredUserId);
}

const time = z.iso.date().or(z.iso.datetime({ offset: true }));
const pastTime = time.transform((text) => new Date(text)).refine((at) => at.getTime() <= Date.now());
const empty = z.literal('').transform(() => undefined);
const importedRow = z
  .object({
    referrer: z.string().min(1).max(254),
    referred: z.string().min(1).max(254),
    dateReferred: pastTime,
    status: empty.or(z.enum(['pending', 'successful', 'rejected'])).optional(),
    qualifiedAt: empty.or(pastTime).optional(),
    code: empty.or(z.string().transform(readReferralCode)).optional(),
  })
  .refine(({ dateReferred, qualifiedAt }) => qualifiedAt === undefined || qualifiedAt >= dateReferred);
type ImportedRow = z.infer<typeof importedRow>;

type Line = { line: number; referrer: string; referred: string; row: ImportedRow | undefined };

function readLines(csv: string): Line[] {
  const [head = [], ...rows] = parseCsv(csv);
  const missing = ['referrer', 'referred', 'dateReferred'].find((name) => !head.includes(name));
  if (missing !== undefined) {
    const message = `The head line needs the columns referrer, referred and dateReferred; ${missing} is missing`;
    throw createValidationError({ path: 'csv', message, code: 'invalid_csv' });
  }
  if (rows.length > MAX_IMPORTED_ROWS) {
    const message = `Use at most ${MAX_IMPORTED_ROWS} rows at a time`;
    throw createValidationError({ path: 'csv', message, code: 'too_big' });
  }
  return rows.map((cells, index) => {
    const given = Object.fromEntries(head.map((name, column) => [name, cells[column] ?? '']));
    const { referrer = '', referred = '' } = given;
    return { line: index + 2, referrer, referred, row: importedRow.safeParse(given).data };
  });
}

const toAddedReferral = (placed: Placed, row: ImportedRow): queries.AddedReferral => {
  const { status = 'successful', dateReferred, qualifiedAt = dateReferred } = row;
  return {
    ...placed,
    id: generateIdAt(dateReferred),
    versionId: IMPORTED_VERSION,
    status,
    dateReferred: dateReferred.toISOString(),
    qualifiedAt: status === 'successful' ? qualifiedAt.toISOString() : null,
  };
};

type Judged = { result: ImportResult; added?: queries.AddedReferral };

async function judgeLines(ctx: AppTrxCtx, lines: Line[]): Promise<Map<number, Judged>> {
  const valid = lines.flatMap(({ line, row }) => (row ? [{ line, ...row, code: row.code ?? null }] : []));
  const found = await queries.findCandidates(
    ctx.db,
    valid.map(({ line, referrer, referred, code }) => ({ line, referrer, referred, code })),
  );
  const rows = new Map(lines.map(({ line, row }) => [line, row]));
  const seen = new Set<string>();
  return new Map(
    found.map((candidate): [number, Judged] => {
      const placed = judgeCandidate(candidate);
      const row = rows.get(candidate.line);
      if (typeof placed === 'string') return [candidate.line, { result: placed }];
      if (!row) return [candidate.line, { result: 'invalid_row' }];
      const isRepeated = seen.has(placed.referredUserId);
      seen.add(placed.referredUserId);
      return [
        candidate.line,
        isRepeated ? { result: 'repeated' } : { result: 'new', added: toAddedReferral(placed, row) },
      ];
    }),
  );
}

/** Idempotent: a referral that is there already is left as it is. Nothing is mailed or paid. */
export async function importReferrals(
  ctx: UserCtx,
  { csv, preview }: z.infer<typeof importReferralsInput>,
): Promise<ImportedReferrals> {
  const { userId } = ctx.principal;
  const lines = readLines(csv);
  return withTransaction(ctx, async (trx) => {
    const judged = await judgeLines(trx, lines);
    const added = [...judged.values()].flatMap((one) => one.added ?? []);
    if (!preview && added.length > 0) {
      await queries.insertAddedReferrals(trx.db, added, { userId, reason: 'Imported' });
      await invalidateAdded(trx, added);
      const details = { imported: added.length };
      await recordSecurityEvent(trx, 'referrals_imported', { userId, actorId: userId, details });
    }
    const results = lines.map(({ line, referrer, referred }) => {
      const { result } = judged.get(line) ?? { result: 'invalid_row' as const };
      return { line, result, referrer, referred };
    });
    const refused = results.filter(({ result }) => result !== 'new' && result !== 'exists');
    return {
      preview,
      imported: added.length,
      existing: results.filter(({ result }) => result === 'exists').length,
      refused: refused.length,
      problems: refused.slice(0, MAX_PROBLEMS),
    };
  });
}
