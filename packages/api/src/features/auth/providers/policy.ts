/** From the start of a sign-in until the provider's answer. */
export const FLOW_MINUTES = 10;
/** To choose a username. */
export const SIGN_UP_MINUTES = 30;
/** Longer than any of them, so that none can be used twice. */
export const USED_FLOW_RETENTION_DAYS = 1;
export const MAX_IDENTITIES_PER_USER = 20;
/** RFC 8176 has no word for a provider; this one is in use elsewhere. */
export const PROVIDER_AMR: readonly string[] = ['fed'];
