/** Why a referral is rejected without review: the new user is the referrer, or had an account before. */
export type RejectionReason = 'own_address' | 'own_device' | 'returning_person';

/** Why a referral code cannot be used. */
export type CodeRefusal = 'unknown' | 'expired' | 'self' | 'used_up' | 'replayed';
