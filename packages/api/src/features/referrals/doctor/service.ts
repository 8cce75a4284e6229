import { REFERRAL_CHECKS } from './queries.ts';
import type { DoctorCheck } from './schema.ts';

export const listReferralChecks = (): DoctorCheck[] => REFERRAL_CHECKS;
