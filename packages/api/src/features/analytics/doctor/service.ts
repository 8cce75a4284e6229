import { ANALYTICS_CHECKS, type AnalyticsCheck } from './queries.ts';

/** Counts again what the ingestion has counted, from the events that are still stored. */
export const listAnalyticsChecks = (): AnalyticsCheck[] => ANALYTICS_CHECKS;
