import { readPostgresCpu, readProcessCpu } from './cpu.ts';
import { formatRequest, openClient } from './clients.ts';

/** One way to answer a request: which process answers it, and the request. */
export type Side = {
  name: string;
  port: number;
  pid: number;
  path: string;
  headers?: Record<string, string>;
  /** Then the clients leave their core to PostgreSQL. */
  usesDatabase?: boolean;
};

/** CPU times are in microseconds per request. */
export type Run = { rate: number; cpu: number; postgres: number };

const CLIENTS = 16;

/**
 * Keeps this process awake. A server that is slower than the clients would otherwise pay for waking them with each
 * answer, and a faster one would not.
 */
function stayAwake(): () => void {
  let isAwake = true;
  const turn = () => {
    if (isAwake) setImmediate(turn);
  };
  turn();
  return () => {
    isAwake = false;
  };
}

/** V8 optimizes what it has seen some ten thousand times. */
const WARM_UP_REQUESTS = 30_000;

/** Sends requests over kept-alive connections, one at a time on each. Throws unless each answer is 200. */
async function sendRequests(side: Side, isDone: (count: number) => boolean): Promise<number> {
  const request = formatRequest({ method: 'GET', path: side.path, headers: side.headers ?? {} });
  let done = 0;
  const runClient = async (): Promise<void> => {
    const client = openClient(side.port);
    while (!isDone(done)) {
      const { status, body } = await client.send(request);
      if (status !== 200) throw new Error(`${side.name} answered ${status}: ${body}`);
      done += 1;
    }
    client.close();
  };
  const rest = side.usesDatabase ? undefined : stayAwake();
  await Promise.all(Array.from({ length: CLIENTS }, runClient));
  rest?.();
  return done;
}

export const warmUpSide = (side: Side): Promise<number> =>
  sendRequests(side, (count) => count >= WARM_UP_REQUESTS);

export async function measureSide(side: Side, seconds: number, dataDir: string): Promise<Run> {
  const readCpu = () => ({ server: readProcessCpu(side.pid), postgres: readPostgresCpu(dataDir) });
  const before = readCpu();
  const start = performance.now();
  const until = start + seconds * 1_000;
  const done = await sendRequests(side, () => performance.now() >= until);
  const elapsed = (performance.now() - start) / 1_000;
  const after = readCpu();
  const toCost = (of: 'server' | 'postgres') => ((after[of] - before[of]) / done) * 1_000_000;
  return { rate: done / elapsed, cpu: toCost('server'), postgres: toCost('postgres') };
}
