/** Why a referral is rejected at sign-up without review: the new user is the referrer. */
export type RejectionReason = 'own_address' | 'own_device';

/** Why a referral code cannot be used. */
export type CodeRefusal = 'unknown' | 'expired' | 'self' | 'used_up' | 'replayed';
