export const MAX_PASSKEYS = 10;
/** How long browsers wait, and how long a challenge is valid. */
export const CHALLENGE_SECONDS = 300;
export const CHALLENGE_BYTES = 32;

/** COSE numbers of the signatures that browsers may choose: EdDSA, ES256 and RS256, which all authenticators cover. */
export const ALGORITHMS = [-8, -7, -257];
