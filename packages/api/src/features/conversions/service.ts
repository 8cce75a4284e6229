import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { MemberCtx, TrxCtx } from '../../core/context.ts';
import { generateId } from '../../core/crypto/ids.ts';
import { AppError, createValidationError } from '../../core/errors.ts';
import { paginate } from '../../core/http/pagination.ts';
import { canonicalizeMailbox } from '../../core/text/mailbox-providers.ts';
import { lockOrCreatePerson, lockPersonRow, markCustomer } from '../campaigns/people/service.ts';
import { type ActiveReferrer, findReferrerByCode } from '../campaigns/referrers/service.ts';
import { requireWorkspaceCampaign } from '../campaigns/service.ts';
import { publishEventsFrom } from '../events/service.ts';
import { findDefaultWorkspaceId, requireAccess } from '../workspaces/service.ts';
import { findClickedReferrer, storeClick } from './clicks/service.ts';
import * as queries from './queries.ts';
import { qualifyByConversion, reverseByRefund, recordReferral, type Touch } from './referrals/service.ts';
import type {
  Conversion,
  listConversionsInput,
  RefundableConversion,
  trackClickInput,
  trackLeadInput,
  trackRefundInput,
  trackSaleInput,
} from './schema.ts';

async function requireTrackedWorkspace(ctx: MemberCtx, workspaceId: string | undefined): Promise<string> {
  const { id } = await requireAccess(ctx, workspaceId ?? findDefaultWorkspaceId(ctx.principal));
  return id;
}

/** Throws `INVALID_REFERRAL_CODE`, also for a code of another workspace. */
async function requireCode(ctx: MemberCtx, workspaceId: string, code: string): Promise<ActiveReferrer> {
  const referrer = await findReferrerByCode(ctx, code);
  if (referrer?.workspaceId === workspaceId) return referrer;
  throw new AppError('INVALID_REFERRAL_CODE', 'No running campaign of the workspace has this referral code');
}

function requireAllowedOrigin({ landingUrl, allowedOrigins }: ActiveReferrer, url: string): void {
  const allowed = landingUrl === null ? allowedOrigins : [...allowedOrigins, new URL(landingUrl).origin];
  if (allowed.length === 0 || allowed.includes(new URL(url).origin)) return;
  const message = `Must be at ${allowed.join(' or ')}, or at another of the campaign's allowedOrigins`;
  throw createValidationError({ path: 'url', message, code: 'origin_not_allowed' });
}

/** For visitors who reach the product by something other than `/r/{code}`. */
export async function trackClick(
  ctx: MemberCtx,
  input: z.infer<typeof trackClickInput>,
): Promise<{ clickId: string }> {
  const workspaceId = await requireTrackedWorkspace(ctx, input.workspaceId);
  const referrer = await requireCode(ctx, workspaceId, input.referralCode);
  if (input.url !== undefined) requireAllowedOrigin(referrer, input.url);
  return { clickId: await storeClick(ctx, referrer.id, input.url ?? null) };
}

type Reported = z.infer<typeof trackLeadInput> & {
  type: 'lead' | 'sale';
  amount: number | null;
  currency: string | null;
};

/** Covers the members that a repetition must have in common. Keyed, because one is an address. */
const hashReport = (ctx: MemberCtx, { type, amount, currency, clickId, referralCode, email }: Reported) => {
  const parts = [type, amount, currency, clickId ?? null, referralCode?.toLowerCase() ?? null];
  const mailbox = email === undefined ? null : canonicalizeMailbox(email);
  return ctx.keyedHash('conversion', JSON.stringify([...parts, mailbox]));
};

async function findTouch(
  ctx: MemberCtx & TrxCtx,
  workspaceId: string,
  { clickId, referralCode }: Reported,
): Promise<Touch | undefined> {
  if (referralCode !== undefined)
    return { referrer: await requireCode(ctx, workspaceId, referralCode), clickId: null };
  const referrer = clickId === undefined ? undefined : await findClickedReferrer(ctx, workspaceId, clickId);
  return referrer && { referrer, clickId: clickId ?? null };
}

function toRefundable({ createdAt, refundedAt, ...row }: queries.ConversionRow): RefundableConversion {
  return { ...row, createdAt: createdAt.toISOString(), refundedAt: refundedAt?.toISOString() ?? null };
}

/** Without what may change, so that a repetition gets the same answer. */
function toConversion(row: queries.ConversionRow): Conversion {
  const { refundedAt: _, ...conversion } = toRefundable(row);
  return conversion;
}

/**
 * Stored once per customer and `eventName`; everything that follows from it commits together with it. The customer's
 * first report decides who referred them. Throws `INVALID_REFERRAL_CODE`, and `CONFLICT` for a repetition with other
 * contents.
 */
async function trackConversion(ctx: MemberCtx, report: Reported): Promise<Conversion> {
  const workspaceId = await requireTrackedWorkspace(ctx, report.workspaceId);
  const { externalId, eventName, type, amount, currency, email } = report;
  const requestHash = hashReport(ctx, report);
  return withTransaction(ctx, async (trx) => {
    const customer = await lockOrCreatePerson(trx, { workspaceId, externalId });
    const earlier = await queries.findConversionOfPerson(trx.db, customer.id, eventName);
    if (earlier) return toRepeated(earlier, report, requestHash);
    const touch = customer.isCustomer ? undefined : await findTouch(trx, workspaceId, report);
    if (touch) await recordReferral(trx, touch, customer, email);
    await markCustomer(trx.db, customer.id);
    const conversion = { id: generateId(), type, amount, currency };
    const { id: personId } = customer;
    await queries.insertConversion(trx.db, { ...conversion, workspaceId, personId, eventName, requestHash });
    await publishEventsFrom(trx, `${type}.created`, queries.conversionEventQuery(conversion.id));
    await qualifyByConversion(trx, customer, conversion);
    const stored = await queries.findConversionOfPerson(trx.db, customer.id, eventName);
    if (!stored) throw new Error('The conversion was not stored');
    return toRepeated(stored, report, requestHash);
  });
}

function toRepeated(
  { requestHash: stored, ...row }: queries.ConversionRow & { requestHash: Buffer },
  report: Reported,
  requestHash: Buffer,
): Conversion {
  if (stored.equals(requestHash)) return toConversion(row);
  const other = (['type', 'amount', 'currency'] as const).find((member) => row[member] !== report[member]);
  const what = other ? `another ${other}` : 'another clickId, referralCode or email';
  throw new AppError(
    'CONFLICT',
    `${row.externalId} already has the event ${row.eventName}, with ${what}. Use another eventName.`,
  );
}

export const trackLead = (ctx: MemberCtx, input: z.infer<typeof trackLeadInput>): Promise<Conversion> =>
  trackConversion(ctx, { ...input, type: 'lead', amount: null, currency: null });

export const trackSale = (ctx: MemberCtx, input: z.infer<typeof trackSaleInput>): Promise<Conversion> =>
  trackConversion(ctx, { ...input, type: 'sale' });

/** A repetition changes nothing. Throws `NOT_FOUND` unless there is such a sale. */
export async function trackRefund(
  ctx: MemberCtx,
  input: z.infer<typeof trackRefundInput>,
): Promise<RefundableConversion> {
  const workspaceId = await requireTrackedWorkspace(ctx, input.workspaceId);
  const { externalId, eventName } = input;
  return withTransaction(ctx, async (trx) => {
    const customer = await lockPersonRow(trx.db, { workspaceId, externalId });
    const findSale = async () => {
      const found = customer && (await queries.findConversionOfPerson(trx.db, customer.id, eventName));
      if (found?.type !== 'sale')
        throw new AppError('NOT_FOUND', 'No sale with this externalId and eventName');
      const { requestHash: _, ...sale } = found;
      return sale;
    };
    const { id } = await findSale();
    if (customer && (await queries.markRefunded(trx.db, id))) {
      await publishEventsFrom(trx, 'sale.refunded', queries.conversionEventQuery(id));
      await reverseByRefund(trx, customer.id, id);
    }
    return toRefundable(await findSale());
  });
}

export async function listConversions(
  ctx: MemberCtx,
  input: z.infer<typeof listConversionsInput>,
): Promise<Paginated<RefundableConversion>> {
  const { id: campaignId, externalId, type } = input;
  await requireWorkspaceCampaign(ctx, campaignId);
  return paginate(
    input,
    (before, limit) => queries.listConversionRows(ctx.db, { campaignId, externalId, type, before, limit }),
    toRefundable,
  );
}
