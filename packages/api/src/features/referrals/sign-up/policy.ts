/**
 * Signals of a fraudulent sign-up and their weights. None rejects a referral. The network weighs little, because
 * families, offices and mobile carriers share one.
 */
export const FRAUD_SIGNALS = {
  /** The email address is disposable. */
  disposable_address: 40,
  /** Another account was used on the device, see `DEVICE_RETENTION_DAYS`. */
  known_device: 60,
  /** The referrer, or another user they referred, used the network within `SAME_NETWORK_HOURS`. */
  same_network: 20,
  /** `BUSY_NETWORK_SIGN_UPS` earlier sign-ups of the referrer came from the network within `BUSY_NETWORK_HOURS`. */
  busy_network: 30,
  /**
   * The referrer brought `BUSY_REFERRER_SIGN_UPS` users in a day, and `BUSY_REFERRER_FACTOR` times as many as on
   * their average day. Weighs little, because a post that is shared widely looks the same.
   */
  busy_referrer: 25,
  /** The referrer brought `BUSY_DOMAIN_SIGN_UPS` users from the same domain within `BUSY_DOMAIN_DAYS`. */
  busy_domain: 50,
  /** Nobody, not even the referrer, is known to use the domain, see `KNOWN_DOMAIN_DAYS`. */
  new_domain: 20,
  /** So are `NEW_DOMAINS` others among the referrer's last `NEW_DOMAINS_SAMPLE` users. */
  new_domains: 30,
  /** Less than `QUICK_SECONDS` after the visit. */
  too_quick: 20,
  /** The address has the domain of the referrer's address. Counts only if the campaign says so. */
  same_domain: 50,
} as const;
export type FraudSignal = keyof typeof FRAUD_SIGNALS;

/** A referral whose signals weigh this much in total waits for an administrator. */
export const REVIEW_RISK = 50;

export const QUICK_SECONDS = 3;
export const SAME_NETWORK_HOURS = 24;
export const BUSY_NETWORK_SIGN_UPS = 5;
export const BUSY_NETWORK_HOURS = 1;

export const BUSY_REFERRER_SIGN_UPS = 10;
export const BUSY_REFERRER_FACTOR = 5;
/** A referrer whose average makes more than this normal is never busy; it bounds how many rows a sign-up reads. */
export const MAX_BUSY_SIGN_UPS = 200;
export const REFERRER_HISTORY_DAYS = 30;

export const BUSY_DOMAIN_SIGN_UPS = 5;
export const BUSY_DOMAIN_DAYS = 7;

/** A domain is known once one of its users has been verified and a user for this time. */
export const KNOWN_DOMAIN_DAYS = 30;
export const NEW_DOMAINS = 3;
export const NEW_DOMAINS_SAMPLE = 10;
export const NEW_DOMAINS_DAYS = 30;

/** The networks of sign-ups are deleted after this time. */
export const NETWORK_RETENTION_DAYS = 30;
