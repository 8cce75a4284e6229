export { createReferralKit, type ReferralKit, TERMS } from '../kit/referrals.ts';
