export const MAX_CAMPAIGNS_PER_WORKSPACE = 50;
export const MAX_ALLOWED_ORIGINS = 10;
export const MAX_HOLD_DAYS = 365;
export const MAX_REWARD_MONTHS = 120;
/** Of an amount: one basis point is a hundredth of a percent. */
export const WHOLE_IN_BASIS_POINTS = 10_000;

/** In minor units of the currency, rounded down; BigInt keeps it exact. */
export const computeShare = (amount: number, basisPoints: number): number =>
  Number((BigInt(amount) * BigInt(basisPoints)) / BigInt(WHOLE_IN_BASIS_POINTS));
