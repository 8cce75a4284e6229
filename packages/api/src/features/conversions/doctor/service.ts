import type { DoctorCheck } from '../../referrals/doctor/schema.ts';
import { CONVERSION_CHECKS } from './queries.ts';

export const listConversionChecks = (): DoctorCheck[] => CONVERSION_CHECKS;
