import { parseArgs } from 'node:util';
import { testEnv } from '@linkgrove/api/testing';
import { buildPrograms, type ProgramName, readCpuMs, startBuilt } from './lib/built.ts';
import { startBenchDatabase } from './lib/database.ts';
import { findMedian, formatRow } from './lib/figures.ts';
import { measureStartScript } from './lib/start-script.ts';

// Measures the time from the spawn of a built program to its first answer, next to a bare Node server, and two runs of the
// start script in an empty folder. Usage: npm run bench:start -- [--rounds 5] [--no-script]
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    script: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const rounds = Number(values.rounds);
const WIDTHS = { first: 34, cell: 16 };
const PROGRAMS: ProgramName[] = ['bare', 'server', 'worker'];

type Start = { firstAnswerMs: number; cpuMs: number };

function printStarts(starts: Record<ProgramName, Start[]>): void {
  console.log(formatRow('', ['first answer', 'to a bare one', 'CPU time'], WIDTHS));
  for (const name of PROGRAMS) {
    // Compared within each round, so that other load on the machine matters less.
    const ratios = starts[name].map(
      ({ firstAnswerMs }, n) => firstAnswerMs / (starts.bare[n]?.firstAnswerMs ?? Number.NaN),
    );
    const cells = [
      `${findMedian(starts[name].map(({ firstAnswerMs }) => firstAnswerMs)).toFixed(0)} ms`,
      findMedian(ratios).toFixed(1),
      `${findMedian(starts[name].map(({ cpuMs }) => cpuMs)).toFixed(0)} ms`,
    ];
    console.log(formatRow(name, cells, WIDTHS));
  }
}

buildPrograms();
const database = await startBenchDatabase();
const env = testEnv({ DATABASE_URL: database.url, DATA_DIR: database.dataDir, DOCS: 'false' });
const starts: Record<ProgramName, Start[]> = { bare: [], server: [], worker: [] };
try {
  // The first round fills the compile cache and the page cache.
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of round % 2 ? PROGRAMS : PROGRAMS.toReversed()) {
      const program = await startBuilt(name, env);
      const cpuMs = readCpuMs(program.pid);
      if (round > 0) starts[name].push({ firstAnswerMs: program.firstAnswerMs, cpuMs });
      await program.stop();
    }
  }
  console.log(`Median of ${rounds} rounds`);
  printStarts(starts);
} finally {
  await database.stop();
}
if (values.script) await measureStartScript(rounds);
