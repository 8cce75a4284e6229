import { spawn } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

// Runs the fault tests repeatedly, because they depend on chance, and prints a summary for each.
// Usage: npm run faults -- [--runs 20] [--only FT4]
const { values } = parseArgs({ options: { runs: { type: 'string' }, only: { type: 'string' } } });
const runs = Number(values.runs ?? 1);
if (!Number.isInteger(runs) || runs < 1) {
  console.error('--runs must be a whole number');
  process.exit(1);
}

type Result = { fullName: string; status: string; duration?: number; failureMessages?: string[] };
type Report = { testResults: { assertionResults: Result[] }[] };
type Tally = { passed: number; failed: number; skipped: number; slowestMs: number; faults: string[] };

const folder = mkdtempSync(join(tmpdir(), 'linkgrove-faults-'));
const tallies = new Map<string, Tally>();

const pattern = `\\b${values.only ?? 'FT\\d+'}\\b`;
const files = ['apps', 'packages', 'scripts']
  .flatMap((top) => globSync(`${top}/**/*.test.ts`, { exclude: ['**/node_modules'] }))
  .filter((file) => file !== 'scripts/faults.test.ts' && /\bFT\d+\b/.test(readFileSync(file, 'utf8')));

async function runOnce(run: number): Promise<Result[]> {
  const file = join(folder, `${run}.json`);
  const reporters = ['--reporter=json', `--outputFile=${file}`];
  const child = spawn('vitest', ['run', ...files, '-t', pattern, ...reporters], {
    stdio: ['ignore', 'ignore', 'inherit'],
    // Queues on PostgreSQL and on Redis; a normal test run uses only one of them.
    env: { ...process.env, FAULTS: 'all' },
  });
  await new Promise((resolve) => child.once('close', resolve));
  const report: Report = JSON.parse(readFileSync(file, 'utf8'));
  return report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ fullName }) => new RegExp(pattern).test(fullName));
}

function countResult({ fullName, status, duration = 0, failureMessages = [] }: Result): void {
  const tally = tallies.get(fullName) ?? { passed: 0, failed: 0, skipped: 0, slowestMs: 0, faults: [] };
  tallies.set(fullName, tally);
  if (status === 'passed') tally.passed += 1;
  else if (status === 'failed') tally.failed += 1;
  else tally.skipped += 1;
  tally.slowestMs = Math.max(tally.slowestMs, duration);
  tally.faults.push(...failureMessages);
}

const readFaultNumber = (name: string): number => Number(/\bFT(\d+)\b/.exec(name)?.[1]);

function printSummary(): void {
  const rows = [...tallies].toSorted(([a], [b]) => readFaultNumber(a) - readFaultNumber(b));
  console.log('\nfault  passed  failed  skipped  slowest  test');
  for (const [name, { passed, failed, skipped, slowestMs }] of rows) {
    const cells = [`FT${readFaultNumber(name)}`.padEnd(5), `${passed}`.padStart(6), `${failed}`.padStart(6)];
    cells.push(`${skipped}`.padStart(7), `${(slowestMs / 1_000).toFixed(1)} s`.padStart(7), name);
    console.log(cells.join('  '));
  }
  for (const [name, { faults }] of rows)
    for (const fault of new Set(faults)) console.log(`\n${name}\n${fault}`);
}

for (let run = 1; run <= runs; run++) {
  const results = await runOnce(run);
  results.forEach(countResult);
  const failed = results.filter(({ status }) => status === 'failed').length;
  console.log(`run ${run} of ${runs}: ${results.length} tests, ${failed} failed`);
}
printSummary();
rmSync(folder, { recursive: true, force: true });
const isClean =
  tallies.size > 0 && [...tallies.values()].every(({ failed, skipped }) => failed + skipped === 0);
process.exit(isClean ? 0 : 1);
