import { COUNT_CHECKS } from './counts/queries.ts';
import { CREDIT_CHECKS } from './credits/queries.ts';
import { HISTORY_CHECKS } from './history/queries.ts';
import { REWARD_CHECKS } from './rewards/queries.ts';
import type { DoctorCheck } from './schema.ts';

export const REFERRAL_CHECKS: DoctorCheck[] = [
  ...COUNT_CHECKS,
  ...HISTORY_CHECKS,
  ...REWARD_CHECKS,
  ...CREDIT_CHECKS,
];
