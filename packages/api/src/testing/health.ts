import type { AppCtx } from '../core/context.ts';
import { formatDifferences, runDoctorChecks, formatFinding } from '../features/doctor/service.ts';

/** Throws a list of differences unless all doctor checks pass. */
export async function requireHealthy(app: Pick<AppCtx, 'db'>): Promise<void> {
  const wrong = (await runDoctorChecks(app)).filter(({ differing }) => differing > 0);
  if (wrong.length === 0) return;
  throw new Error(
    wrong.flatMap((finding) => [formatFinding(finding), ...formatDifferences(finding)]).join('\n'),
  );
}
