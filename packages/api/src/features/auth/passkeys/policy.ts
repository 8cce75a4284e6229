export const MAX_PASSKEYS = 10;
/** What browsers wait, and what a challenge is good for. */
export const CHALLENGE_SECONDS = 300;
export const CHALLENGE_BYTES = 32;

/** COSE numbers of the signatures that browsers may choose: EdDSA, ES256 and RS256, which all authenticators cover. */
export const ALGORITHMS = [-8, -7, -257];
