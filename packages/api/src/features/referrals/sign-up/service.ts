import { disposableEmailBlocklistSet } from 'disposable-email-domains-js';
import emailProviders from 'email-providers/all.json' with { type: 'json' };
import type { AppCtx, Ctx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { hashClientNetwork } from '../../../core/http/client-address.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { REFERRAL_CODE_PATTERN } from '../links/schema.ts';
import { forgetCachedStats } from '../stats/service.ts';
import { type Attribution, readAttribution } from '../visits/service.ts';
import * as queries from './queries.ts';
import type { CodeRefusal, FraudSignal, SignUpParts } from './schema.ts';

type Newcomer = { given: string | undefined; emailCanonical: string; signedInAs: string | null };

/**
 * Prepares what a sign-up's statement needs to credit a referrer: by the code that was given, which must
 * hold, or else by the one that was remembered from a visit, which is dropped where it does not.
 */
export function prepareReferral(ctx: Ctx, { given, emailCanonical, signedInAs }: Newcomer): SignUpParts {
  const visit = readAttribution(ctx);
  const code = given ?? visit?.code ?? null;
  const invitation = {
    // What is not even shaped like a code leads nowhere, but is still answered for.
    code: code === null || REFERRAL_CODE_PATTERN.test(code) ? code : '-',
    isRequired: given !== undefined,
    signedInAs,
    emailCanonical,
  };
  const attribution = visit && isSameCode(visit.code, code) ? visit : undefined;
  return {
    admission: queries.referralAdmissionParts(invitation),
    isAdmitted: queries.admittedCondition(invitation),
    referral: queries.insertReferralParts(evidenceOf(ctx, emailCanonical, attribution)),
  };
}

const isSameCode = (a: string, b: string | null) => a.toLowerCase() === b?.toLowerCase();

// Made once: the package would make it anew for each look.
const DISPOSABLE = disposableEmailBlocklistSet();

/** Whether a domain, or one that it lies below, hands out addresses for a few minutes. */
const isDisposable = (domain: string): boolean =>
  DISPOSABLE.has(domain) || (domain.includes('.') && isDisposable(domain.slice(domain.indexOf('.') + 1)));

const QUICK_SECONDS = 3;
const PROVIDERS = new Set<string>(emailProviders);
/** Names that are kept for examples and tests (RFC 2606, RFC 6761) and so are nobody's. */
const NOBODYS = /(^|\.)(test|example|invalid|localhost|example\.(com|net|org))$/;

function evidenceOf(ctx: Ctx, emailCanonical: string, visit: Attribution | undefined): queries.Evidence {
  const domain = emailCanonical.slice(emailCanonical.lastIndexOf('@') + 1);
  const signals: FraudSignal[] = [];
  if (isDisposable(domain)) signals.push('disposable_address');
  if (visit && Date.now() / 1_000 - visit.visitedAt < QUICK_SECONDS) signals.push('too_quick');
  return {
    referralId: generateId(),
    emailCanonical,
    emailHmac: ctx.emailHash(emailCanonical),
    deviceHash: ctx.keyedHash('device', ctx.device()),
    networkHash: hashClientNetwork(ctx),
    signals,
    domain: PROVIDERS.has(domain) || NOBODYS.test(domain) ? null : domain,
    utm: visit?.utm ?? null,
  };
}

const REFUSALS: Record<CodeRefusal, () => AppError> = {
  unknown: () => new AppError('INVALID_REFERRAL_CODE', 'Invalid referral code'),
  expired: () => new AppError('REFERRAL_CODE_EXPIRED', 'This referral code has expired'),
  self: () => new AppError('SELF_REFERRAL', 'You cannot sign up with your own referral code'),
  used_up: () => new AppError('INVALID_REFERRAL_CODE', 'This referral code has been used up'),
};

/** The answer to someone whose code admits nobody. */
export const createCodeRefusedError = (refusal: CodeRefusal): AppError => REFUSALS[refusal]();

/** Has the referrer see a sign-up that has just been stored. */
export const forgetReferrerStats = (ctx: Ctx, referrerId: string): Promise<void> =>
  forgetCachedStats(ctx, referrerId);

/** Upkeep: forgets the networks of sign-ups that are older than 30 days. */
export const deleteOldNetworks = (ctx: AppCtx): Promise<void> => queries.deleteOldReferralNetworks(ctx.db);
