import { withTransaction } from '@linkgrove/db';
import { v7 } from 'uuid';
import { z } from 'zod';
import type { AppTrxCtx, UserCtx } from '../../../core/context.ts';
import { AppError, createValidationError } from '../../../core/errors.ts';
import { toMemberErrors } from '../../../core/text/validation.ts';
import { publishEventsFrom } from '../../events/service.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { accountIdentifier } from '../../users/schema.ts';
import { invalidateUser } from '../../users/service.ts';
import { IMPORTED_VERSION } from '../campaigns/policy.ts';
import { findVersionOfReferrer } from '../campaigns/service.ts';
import { enteredReferralCode } from '../links/schema.ts';
import { qualifyReferral } from '../qualification/service.ts';
import { referralEventQuery } from '../queries.ts';
import type { ReviewedReferral } from '../review/schema.ts';
import { getReviewedReferral } from '../review/service.ts';
import { invalidateReferralStats } from '../stats/service.ts';
import { type CsvRow, parseCsv } from './policy.ts';
import * as queries from './queries.ts';
import {
  type addReferralInput,
  type ImportedReferrals,
  type importReferralsInput,
  type ImportResult,
  MAX_IMPORTED_ROWS,
} from './schema.ts';

const MAX_PROBLEMS = 100;
const MAX_SHOWN = 254;

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

/** Under the terms of the campaign that applies to the referrer: it is rewarded once it meets them. Throws `NOT_FOUND` and `CONFLICT`. */
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
    const versionId = await findVersionOfReferrer(trx, placed.referrerId);
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

const TIME_ERROR = 'Enter a date such as 2026-01-31, or a time such as 2026-01-31T12:00:00Z';
const pastTime = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], { error: TIME_ERROR })
  .transform((text) => new Date(text))
  .refine((at) => at.getTime() <= Date.now(), { error: 'Must not be in the future' });
const toOptional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((text) => text || undefined, schema.optional());
const importedRow = z
  .object({
    referrer: accountIdentifier,
    referred: accountIdentifier,
    dateReferred: pastTime,
    status: toOptional(z.enum(['pending', 'successful', 'rejected'])),
    qualifiedAt: toOptional(pastTime),
    code: toOptional(enteredReferralCode),
  })
  .refine(({ dateReferred, qualifiedAt }) => qualifiedAt === undefined || qualifiedAt >= dateReferred, {
    path: ['qualifiedAt'],
    error: 'Must not be before dateReferred',
  });
type ImportedRow = z.infer<typeof importedRow>;
const COLUMNS: string[] = Object.keys(importedRow.shape);

type Line = { line: number; referrer: string; referred: string } & ({ row: ImportedRow } | { wrong: string });
type ImportedFile = { lines: Line[]; ignoredColumns: string[] };

function readLine(places: [name: string, index: number][], { line, cells }: CsvRow): Line {
  const given = Object.fromEntries(places.map(([name, index]) => [name, cells[index] ?? '']));
  const { referrer = '', referred = '' } = given;
  const shown = { line, referrer: referrer.slice(0, MAX_SHOWN), referred: referred.slice(0, MAX_SHOWN) };
  const { data, error } = importedRow.safeParse(given);
  const [first] = error ? toMemberErrors(error) : [];
  return data ? { ...shown, row: data } : { ...shown, wrong: `${first?.path}: ${first?.message}` };
}

/** Throws `VALIDATION_FAILED`. */
function readFile(csv: string): ImportedFile {
  const [first, ...rows] = parseCsv(csv);
  const head = first?.cells ?? [];
  const missing = ['referrer', 'referred', 'dateReferred'].find((name) => !head.includes(name));
  if (missing !== undefined) {
    const message = `The head line needs the columns referrer, referred and dateReferred; ${missing} is missing`;
    throw createValidationError({ path: 'csv', message, code: 'invalid_csv' });
  }
  if (rows.length > MAX_IMPORTED_ROWS) {
    const message = `Use at most ${MAX_IMPORTED_ROWS} rows at a time`;
    throw createValidationError({ path: 'csv', message, code: 'too_big' });
  }
  const places = COLUMNS.map((name): [string, number] => [name, head.indexOf(name)]);
  const ignoredColumns = head.filter((name) => !COLUMNS.includes(name)).slice(0, MAX_PROBLEMS);
  return {
    lines: rows.map((row) => readLine(places, row)),
    ignoredColumns: ignoredColumns.map((name) => name.slice(0, MAX_SHOWN)),
  };
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

type Judged = { result: ImportResult; detail: string; added?: queries.AddedReferral };
const REPEATED = { result: 'repeated' as const, detail: 'referred: Another row of the file has this user' };

async function judgeLines(ctx: AppTrxCtx, lines: Line[]): Promise<Map<number, Judged>> {
  const rows = new Map(
    lines.flatMap((one): [number, ImportedRow][] => ('row' in one ? [[one.line, one.row]] : [])),
  );
  const candidates = [...rows].map(([line, { referrer, referred, code = null }]) => ({
    line,
    referrer,
    referred,
    code,
  }));
  const seen = new Set<string>();
  const judge = (found: queries.FoundCandidate): Judged | undefined => {
    const placed = judgeCandidate(found);
    if (typeof placed === 'string') return { result: placed, detail: REFUSALS[placed]().message };
    if (seen.has(placed.referredUserId)) return REPEATED;
    seen.add(placed.referredUserId);
    const row = rows.get(found.line);
    return row && { result: 'new', detail: '', added: toAddedReferral(placed, row) };
  };
  const found = await queries.findCandidates(ctx.db, candidates);
  return new Map(
    found.flatMap((one): [number, Judged][] => {
      const judged = judge(one);
      return judged ? [[one.line, judged]] : [];
    }),
  );
}

/** Idempotent: a referral that is there already is left as it is. Nothing is mailed or paid. */
export async function importReferrals(
  ctx: UserCtx,
  { csv, preview }: z.infer<typeof importReferralsInput>,
): Promise<ImportedReferrals> {
  const { userId } = ctx.principal;
  const { lines, ignoredColumns } = readFile(csv);
  return withTransaction(ctx, async (trx) => {
    const judged = await judgeLines(trx, lines);
    const added = [...judged.values()].flatMap((one) => one.added ?? []);
    if (!preview && added.length > 0) {
      await queries.insertAddedReferrals(trx.db, added, { userId, reason: 'Imported' });
      await invalidateAdded(trx, added);
      const details = { imported: added.length };
      await recordSecurityEvent(trx, 'referrals_imported', { userId, actorId: userId, details });
    }
    const results = lines.map((one) => {
      const { line, referrer, referred } = one;
      const wrong = 'wrong' in one ? one.wrong : '';
      const { result, detail } = judged.get(line) ?? { result: 'invalid_row' as const, detail: wrong };
      return { line, result, detail, referrer, referred };
    });
    const refused = results.filter(({ result }) => result !== 'new' && result !== 'exists');
    return {
      preview,
      imported: added.length,
      existing: results.filter(({ result }) => result === 'exists').length,
      refused: refused.length,
      ignoredColumns,
      problems: refused.slice(0, MAX_PROBLEMS),
    };
  });
}
