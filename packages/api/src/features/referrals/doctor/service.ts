import { openDatabase } from '@linkgrove/db';
import type { AppCtx } from '../../../core/context.ts';
import * as queries from './queries.ts';
import type { DoctorCheck, DoctorFinding } from './schema.ts';

/** Most differing rows that a finding shows. */
const SHOWN = 20;

/**
 * Counts everything anew from its rows, all on one snapshot, and compares; a finding for each check, told to
 * `onFinding` as soon as it is there. Changes nothing and keeps nobody waiting, at millions of rows for minutes.
 */
export async function runDoctorChecks(
  ctx: Pick<AppCtx, 'db'>,
  onFinding: (finding: DoctorFinding) => void = () => {},
): Promise<DoctorFinding[]> {
  return queries.readOnSnapshot(ctx.db, async (trx) => {
    const findings: DoctorFinding[] = [];
    for (const check of queries.DOCTOR_CHECKS) {
      const finding = await run(trx, check);
      onFinding(finding);
      findings.push(finding);
    }
    return findings;
  });
}

async function run(
  trx: Parameters<typeof queries.compareCheck>[0],
  check: DoctorCheck,
): Promise<DoctorFinding> {
  const started = performance.now();
  const counts = await queries.compareCheck(trx, check);
  const differences = counts.differing > 0 ? await queries.findDifferences(trx, check, SHOWN) : [];
  const milliseconds = Math.round(performance.now() - started);
  return { name: check.name, of: check.of, ...counts, differences, milliseconds };
}

/** What was found in a line, such as `wrong  rewards = entries of the ledger: 2 of 10 differ, 12 ms`. */
export const formatFinding = ({ name, of, compared, differing, milliseconds }: DoctorFinding): string =>
  differing === 0
    ? `ok     ${name}: ${compared} × ${of}, ${milliseconds} ms`
    : `wrong  ${name}: ${differing} of ${compared} × ${of}, ${milliseconds} ms`;

/** The differences of a finding, a line each. */
export const formatDifferences = ({ name, of, differences }: DoctorFinding): string[] =>
  differences.map(
    ({ id, field, expected, found }) =>
      `${name}: ${of} ${id}: ${field} ${found ?? 'none'}, expected ${expected ?? 'none'}`,
  );

/** How long one sum over the whole database may take. */
const PATIENCE_MS = 30 * 60_000;

/** Examines the database at a URL, on a connection of its own that waits longer than those of requests. */
export async function examineDatabase(
  url: string,
  onFinding?: (finding: DoctorFinding) => void,
): Promise<DoctorFinding[]> {
  const { db, close } = openDatabase({ url, maxConnections: 1, statementTimeout: PATIENCE_MS });
  try {
    return await runDoctorChecks({ db }, onFinding);
  } finally {
    await close();
  }
}

/** Upkeep: examines the database, and sounds an alarm in the log where something differs. */
export async function reconcileCounts(ctx: Pick<AppCtx, 'db' | 'config' | 'logger'>): Promise<void> {
  const { databaseUrl } = ctx.config;
  const findings = databaseUrl ? await examineDatabase(databaseUrl) : await runDoctorChecks(ctx);
  const wrong = findings.filter(({ differing }) => differing > 0);
  if (wrong.length === 0) return;
  const alert = wrong.map(({ name, compared, differing }) => ({ name, compared, differing }));
  ctx.logger.error({ alert }, 'Numbers do not agree; `npm run doctor` shows where');
}
