import type { RawBuilder } from 'kysely';

/**
 * What may tell that a sign-up is not what it seems, and how much each sign weighs. None rejects, and a network
 * alone is looked at only where many come from it at once: families, offices and mobile carriers share one.
 */
export const FRAUD_SIGNALS = {
  /** A throw-away address. */
  disposable_address: 40,
  /** A device on which another account was used within 90 days. */
  known_device: 60,
  /** A network from which the referrer, or another one they referred, came within a day. */
  same_network: 20,
  /** More than five sign-ups of one referrer from one network within an hour. */
  busy_network: 30,
  /** Fewer than three seconds after the visit. */
  too_quick: 20,
  /** An address of the referrer's own domain, where the campaign asks for it. */
  same_domain: 50,
} as const;
export type FraudSignal = keyof typeof FRAUD_SIGNALS;

/** From this weight on a referral waits for an administrator. */
export const REVIEW_RISK = 50;

/** Why a referral was rejected without a look: the newcomer is the referrer, or was here before. */
export type RejectionReason = 'own_address' | 'own_device' | 'returning_person';

/** Why a code admits nobody. */
export type CodeRefusal = 'unknown' | 'expired' | 'self' | 'used_up';

/** The part of a sign-up's statement that credits whoever invited the newcomer. */
export type SignUpParts = {
  /** Comes first; finds the link and what speaks against it, as `verdict`. */
  admission: RawBuilder<unknown>;
  /** Whether the newcomer is let in. */
  isAdmitted: RawBuilder<unknown>;
  /** Comes after `account`; stores the referral. */
  referral: RawBuilder<unknown>;
};
