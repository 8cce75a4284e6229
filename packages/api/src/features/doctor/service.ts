import { openDatabase } from '@linkgrove/db';
import type { AppCtx, DbCtx } from '../../core/context.ts';
import { comparePackedEvents, listAnalyticsChecks } from '../analytics/doctor/service.ts';
import { listConversionChecks } from '../conversions/doctor/service.ts';
import * as queries from './queries.ts';
import { listReferralChecks } from '../referrals/doctor/service.ts';
import type { DoctorCheck, DoctorFinding } from '../referrals/doctor/schema.ts';

const MAX_DIFFERING_ROWS = 20;

/** Takes no locks. Millions of rows take minutes; `onFinding` gets each finding as soon as it is ready. */
export async function runDoctorChecks(
  ctx: DbCtx,
  onFinding: (finding: DoctorFinding) => void = () => {},
): Promise<DoctorFinding[]> {
  return queries.readOnSnapshot(ctx.db, async (trx) => {
    const findings: DoctorFinding[] = [];
    for (const check of [...listReferralChecks(), ...listConversionChecks(), ...listAnalyticsChecks()]) {
      const finding = await runCheck(trx, check);
      onFinding(finding);
      findings.push(finding);
    }
    const packed = await examinePackedEvents({ db: trx });
    onFinding(packed);
    return [...findings, packed];
  });
}

async function runCheck(
  trx: Parameters<typeof queries.compareCheck>[0],
  check: DoctorCheck,
): Promise<DoctorFinding> {
  const started = performance.now();
  const counts = await queries.compareCheck(trx, check);
  const differences =
    counts.differing > 0 ? await queries.findDifferences(trx, check, MAX_DIFFERING_ROWS) : [];
  const milliseconds = Math.round(performance.now() - started);
  return { name: check.name, of: check.of, ...counts, differences, milliseconds };
}

async function examinePackedEvents(ctx: DbCtx): Promise<DoctorFinding> {
  const started = performance.now();
  const compared = await comparePackedEvents(ctx, MAX_DIFFERING_ROWS);
  return { ...compared, milliseconds: Math.round(performance.now() - started) };
}

export const formatFinding = ({ name, of, compared, differing, milliseconds }: DoctorFinding): string =>
  differing === 0
    ? `ok     ${name}: ${compared} × ${of}, ${milliseconds} ms`
    : `wrong  ${name}: ${differing} of ${compared} × ${of}, ${milliseconds} ms`;

export const formatDifferences = ({ name, of, differences }: DoctorFinding): string[] =>
  differences.map(
    ({ id, field, expected, found }) =>
      `${name}: ${of} ${id}: ${field} ${found ?? 'none'}, expected ${expected ?? 'none'}`,
  );

const CHECK_TIMEOUT_MS = 30 * 60_000;

/** Uses a connection of its own, because the checks take longer than a request may. */
export async function examineDatabase(
  url: string,
  onFinding?: (finding: DoctorFinding) => void,
): Promise<DoctorFinding[]> {
  const { db, close } = openDatabase({ url, maxConnections: 1, statementTimeout: CHECK_TIMEOUT_MS });
  try {
    return await runDoctorChecks({ db }, onFinding);
  } finally {
    await close();
  }
}

export async function reconcileCounts(ctx: Pick<AppCtx, 'db' | 'config' | 'logger'>): Promise<void> {
  const { databaseUrl } = ctx.config;
  const findings = databaseUrl ? await examineDatabase(databaseUrl) : await runDoctorChecks(ctx);
  const wrong = findings.filter(({ differing }) => differing > 0);
  if (wrong.length === 0) return;
  const alert = wrong.map(({ name, compared, differing }) => ({ name, compared, differing }));
  ctx.logger.error({ alert }, 'Counts do not agree. Run `npm run doctor` for details.');
}
