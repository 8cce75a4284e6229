/** In minor units. A share of it in basis points stays a safe integer. */
export const MAX_AMOUNT = 100_000_000_000;

export const CLICK_DEDUP_MINUTES = 60;
export const MAX_EMBED_SECONDS = 3_600;
