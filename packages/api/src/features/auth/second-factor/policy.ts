/** A secret that was shown and not confirmed until then is void. */
export const SETUP_MINUTES = 30;
export const RECOVERY_CODES = 10;
/** 80 bits in Base32. */
/** ASVS 6.5.2 wants 112 bits of codes that are not hashed slowly. */
export const RECOVERY_CODE_BYTES = 15;
/** Between the password and the code. */
export const CHALLENGE_MINUTES = 5;
export const TRUST_DAYS = 30;
export const MAX_TRUSTED_DEVICES = 20;
