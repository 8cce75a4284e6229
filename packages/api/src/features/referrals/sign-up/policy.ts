/** None rejects a referral. The network weighs little, because families, offices and mobile carriers share one. */
export const FRAUD_SIGNALS = {
  disposable_address: 40,
  /** Another account used the device, see `DEVICE_RETENTION_DAYS`. */
  known_device: 60,
  /** The referrer, or another user they referred, used it within `SAME_NETWORK_HOURS`. */
  same_network: 20,
  /** `BUSY_NETWORK_SIGN_UPS` of the referrer's sign-ups came from the network within `BUSY_NETWORK_HOURS`. */
  busy_network: 30,
  /** Weighs little, because a post that is shared widely looks the same. */
  busy_referrer: 25,
  /** `BUSY_DOMAIN_SIGN_UPS` of the referrer's users have the domain within `BUSY_DOMAIN_DAYS`. */
  busy_domain: 50,
  /** Nobody, not even the referrer, is known to use the domain, see `KNOWN_DOMAIN_DAYS`. */
  new_domain: 20,
  /** So are `NEW_DOMAINS` others among the referrer's last `NEW_DOMAINS_SAMPLE` users. */
  new_domains: 30,
  too_quick: 20,
  /** As the referrer's address. Counts only if the campaign says so. */
  same_domain: 50,
} as const;
export type FraudSignal = keyof typeof FRAUD_SIGNALS;

export const REVIEW_RISK = 50;

export const QUICK_SECONDS = 3;
export const SAME_NETWORK_HOURS = 24;
export const BUSY_NETWORK_SIGN_UPS = 5;
export const BUSY_NETWORK_HOURS = 1;

export const BUSY_REFERRER_SIGN_UPS = 10;
export const BUSY_REFERRER_FACTOR = 5;
/** Bounds how many rows a sign-up reads: a referrer whose average makes more normal is never busy. */
export const MAX_BUSY_SIGN_UPS = 200;
export const REFERRER_HISTORY_DAYS = 30;

export const BUSY_DOMAIN_SIGN_UPS = 5;
export const BUSY_DOMAIN_DAYS = 7;

/** Once one of its users has been verified and a user for this time. */
export const KNOWN_DOMAIN_DAYS = 30;
export const NEW_DOMAINS = 3;
export const NEW_DOMAINS_SAMPLE = 10;
export const NEW_DOMAINS_DAYS = 30;

export const NETWORK_RETENTION_DAYS = 30;
