import type { AppCtx } from '../core/context.ts';
import { formatDifferences, runDoctorChecks, formatFinding } from '../features/referrals/doctor/service.ts';

/** Throws, with all that differs, unless everything agrees that can be counted in two ways. */
export async function requireHealthy(app: Pick<AppCtx, 'db'>): Promise<void> {
  const wrong = (await runDoctorChecks(app)).filter(({ differing }) => differing > 0);
  if (wrong.length === 0) return;
  throw new Error(
    wrong.flatMap((finding) => [formatFinding(finding), ...formatDifferences(finding)]).join('\n'),
  );
}
