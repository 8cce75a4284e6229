import { disposableEmailBlocklistSet } from 'disposable-email-domains-js';
import emailProviders from 'email-providers/all.json' with { type: 'json' };
import type { AppCtx, AppTrxCtx, Ctx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { hashClientNetwork } from '../../../core/http/client-address.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { publishEventsPart } from '../../events/service.ts';
import { REFERRAL_CODE_PATTERN } from '../links/schema.ts';
import { invalidateReferralStats } from '../stats/service.ts';
import { type Attribution, readAttribution } from '../visits/service.ts';
import { type FraudSignal, NETWORK_RETENTION_DAYS, QUICK_SECONDS } from './policy.ts';
import * as queries from './queries.ts';
import type { CodeRefusal } from './schema.ts';

export type { ReferralParts } from './queries.ts';

/** Cannot be a code, so it finds no link. */
const NO_SUCH_CODE = '-';

/** A code the user entered must be usable; one remembered from a visit is ignored if it is not. */
export function prepareReferral(
  ctx: Ctx,
  registration: { referralCode?: string | undefined; emailCanonical: string; signedInAs: string | null },
): queries.ReferralParts {
  const { referralCode, emailCanonical, signedInAs } = registration;
  const visit = readAttribution(ctx);
  const code = referralCode ?? visit?.code ?? null;
  const attribution = visit && isSameCode(visit.code, code) ? visit : undefined;
  return {
    ...queries.referralAdmissionParts({
      code: code === null || REFERRAL_CODE_PATTERN.test(code) ? code : NO_SUCH_CODE,
      isRequired: referralCode !== undefined,
      attributionId: attribution?.id ?? null,
      signedInAs,
      emailCanonical,
    }),
    ...queries.insertReferralParts(
      {
        id: generateId(),
        isVisited: attribution !== undefined,
        utm: attribution?.utm ?? null,
        source: attribution?.source ?? 'link',
        pageId: attribution?.pageId ?? null,
      },
      collectEvidence(ctx, emailCanonical, attribution),
    ),
    referralEvent: publishEventsPart('referral.created', queries.newReferralEventPart),
  };
}

const isSameCode = (a: string, b: string | null) => a.toLowerCase() === b?.toLowerCase();

// The package builds a new set at each call.
const DISPOSABLE_DOMAINS = disposableEmailBlocklistSet();

const isDisposable = (domain: string): boolean =>
  DISPOSABLE_DOMAINS.has(domain) ||
  (domain.includes('.') && isDisposable(domain.slice(domain.indexOf('.') + 1)));

const PROVIDER_DOMAINS = new Set<string>(emailProviders);
/** RFC 2606, RFC 6761. */
const EXAMPLE_DOMAINS = new Set(['example.com', 'example.net', 'example.org']);
const RESERVED_DOMAIN = /(^|\.)(test|example|invalid|localhost|example\.(com|net|org))$/;
const isSharedDomain = (domain: string) => PROVIDER_DOMAINS.has(domain) || RESERVED_DOMAIN.test(domain);
/** Many reserved domains are as suspicious as many real ones. */
const isOwnDomain = (domain: string) =>
  !PROVIDER_DOMAINS.has(domain) && !EXAMPLE_DOMAINS.has(domain) && !isDisposable(domain);

function collectEvidence(ctx: Ctx, emailCanonical: string, visit: Attribution | undefined): queries.Evidence {
  const domain = emailCanonical.slice(emailCanonical.lastIndexOf('@') + 1);
  const signals: FraudSignal[] = [];
  if (isDisposable(domain)) signals.push('disposable_address');
  if (visit && Date.now() / 1_000 - visit.visitedAt < QUICK_SECONDS) signals.push('too_quick');
  return {
    emailCanonical,
    emailHmac: ctx.emailHash(emailCanonical),
    deviceHash: ctx.keyedHash('device', ctx.device()),
    networkHash: hashClientNetwork(ctx),
    signals,
    domain: isSharedDomain(domain) ? null : domain,
    ownDomain: isOwnDomain(domain) ? domain : null,
  };
}

const REFUSALS: Record<CodeRefusal, () => AppError> = {
  unknown: () => new AppError('INVALID_REFERRAL_CODE', 'Invalid referral code'),
  expired: () => new AppError('REFERRAL_CODE_EXPIRED', 'This referral code has expired'),
  self: () => new AppError('SELF_REFERRAL', "You can't sign up with your own referral code"),
  replayed: () => new AppError('INVALID_REFERRAL_CODE', 'Invalid referral code'),
  used_up: () => new AppError('INVALID_REFERRAL_CODE', 'This referral code has no uses left'),
};

export const createCodeRefusedError = (refusal: CodeRefusal): AppError => REFUSALS[refusal]();

export async function removeUnprovenReferral(ctx: AppTrxCtx, referredUserId: string): Promise<void> {
  const referrerId = await queries.deleteUnprovenReferral(ctx.db, referredUserId);
  if (referrerId !== undefined) await invalidateReferralStats(ctx, referrerId);
}

/** Once their cookies have expired. */
export const deleteUsedAttributions = (ctx: AppCtx): Promise<void> =>
  queries.deleteOldUsedAttributions(ctx.db, ctx.config.referralWindowSeconds);

export const deleteOldNetworks = (ctx: AppCtx): Promise<void> =>
  queries.deleteOldReferralNetworks(ctx.db, NETWORK_RETENTION_DAYS);
