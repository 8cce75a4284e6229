import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const TICK_MICROSECONDS = 10_000;
const CONNECTIONS = '32';

const autocannon = createRequire(import.meta.url).resolve('autocannon');

/** Returns the CPU time of a process in microseconds; NaN if /proc does not exist. */
function readCpuTime(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * TICK_MICROSECONDS;
  } catch {
    return Number.NaN;
  }
}

/** Requests per second, and the server's CPU time per request in microseconds. */
export type Run = { rate: number; cost: number };
export type Load = { url: string; pid: number; seconds: number; headers?: Record<string, string> };

export async function measureRun({ url, pid, seconds, headers = {} }: Load): Promise<Run> {
  const before = readCpuTime(pid);
  const given = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}=${value}`]);
  const options = ['-c', CONNECTIONS, '-d', String(seconds), '--no-progress', '-j', ...given, url];
  const child = spawn(process.execPath, [autocannon, ...options], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (chunk) => (text += String(chunk)));
  await once(child, 'close');
  const { requests, non2xx, errors } = JSON.parse(text);
  if (non2xx + errors > 0) throw new Error(`${url}: ${non2xx} refused, ${errors} failed`);
  return { rate: requests.average, cost: (readCpuTime(pid) - before) / requests.total };
}
