import { openDatabase } from '@linkgrove/db';
import type { AppCtx, DbCtx } from '../../../core/context.ts';
import * as queries from './queries.ts';
import type { DoctorCheck, DoctorFinding } from './schema.ts';

/** The maximum number of differing rows in a finding. */
const MAX_DIFFERING_ROWS = 20;

/**
 * Recounts everything from its rows on one snapshot and returns a finding per check, each also passed to
 * `onFinding` as soon as it is ready. Reads only and takes no locks; takes minutes for millions of rows.
 */
export async function runDoctorChecks(
  ctx: DbCtx,
  onFinding: (finding: DoctorFinding) => void = () => {},
): Promise<DoctorFinding[]> {
  return queries.readOnSnapshot(ctx.db, async (trx) => {
    const findings: DoctorFinding[] = [];
    for (const check of queries.DOCTOR_CHECKS) {
      const finding = await runCheck(trx, check);
      onFinding(finding);
      findings.push(finding);
    }
    return findings;
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

/** Formats a finding as a line, such as `wrong  rewards = ledger entries: 2 of 10 × reward or entry, 12 ms`. */
export const formatFinding = ({ name, of, compared, differing, milliseconds }: DoctorFinding): string =>
  differing === 0
    ? `ok     ${name}: ${compared} × ${of}, ${milliseconds} ms`
    : `wrong  ${name}: ${differing} of ${compared} × ${of}, ${milliseconds} ms`;

/** Formats the differences of a finding, one line each. */
export const formatDifferences = ({ name, of, differences }: DoctorFinding): string[] =>
  differences.map(
    ({ id, field, expected, found }) =>
      `${name}: ${of} ${id}: ${field} ${found ?? 'none'}, expected ${expected ?? 'none'}`,
  );

const CHECK_TIMEOUT_MS = 30 * 60_000;

/** Runs the checks on a connection of its own, because they take longer than a request may. */
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

/** Scheduled job: runs the checks and logs an error if anything differs. */
export async function reconcileCounts(ctx: Pick<AppCtx, 'db' | 'config' | 'logger'>): Promise<void> {
  const { databaseUrl } = ctx.config;
  const findings = databaseUrl ? await examineDatabase(databaseUrl) : await runDoctorChecks(ctx);
  const wrong = findings.filter(({ differing }) => differing > 0);
  if (wrong.length === 0) return;
  const alert = wrong.map(({ name, compared, differing }) => ({ name, compared, differing }));
  ctx.logger.error({ alert }, 'Counts do not agree. Run `npm run doctor` for details.');
}
