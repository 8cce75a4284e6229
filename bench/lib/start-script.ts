import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '@linkgrove/api/testing';
import { findMedian } from './figures.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const READY = 'Ctrl-C stops everything.';

/** Runs `npm start` until it says that everything runs, and stops it. Returns the time in milliseconds. */
async function timeStart(dataDir: string): Promise<number> {
  const start = performance.now();
  const child = spawn('npm', ['start'], {
    cwd: ROOT,
    env: { ...process.env, DATA_DIR: dataDir, PORT: `${await findFreePort()}` },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  let text = '';
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      text += String(chunk);
      if (text.includes(READY)) resolve();
    });
    child.once('exit', () => reject(new Error(`npm start ended: ${text}`)));
  });
  await ready;
  const took = performance.now() - start;
  if (child.pid) process.kill(-child.pid, 'SIGINT');
  await once(child, 'exit');
  return took;
}

/** Measures first starts in an empty data folder, and starts in a folder that has a database. */
export async function measureStartScript(rounds: number): Promise<void> {
  const times: { first: number[]; second: number[] } = { first: [], second: [] };
  for (let round = 0; round < rounds; round += 1) {
    const dataDir = mkdtempSync(join(tmpdir(), 'linkgrove-bench-'));
    try {
      times.first.push(await timeStart(dataDir));
      times.second.push(await timeStart(dataDir));
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  }
  const format = (all: number[]) => `${(findMedian(all) / 1_000).toFixed(2)} s`;
  console.log(`\nnpm start, dependencies installed, no database yet: ${format(times.first)}`);
  console.log(`npm start, second time: ${format(times.second)}`);
}
