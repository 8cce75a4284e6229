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

/** The networks of sign-ups are deleted after this time. */
export const NETWORK_RETENTION_DAYS = 30;
