import { setTimeout as sleep } from 'node:timers/promises';
import { PASSWORD } from '../server.ts';
import { type Client, formatRequest, openClient, type Request } from './clients.ts';
import { createSignUp, listRequests, type Member } from './mixed-load.ts';

const CLIENTS = 32;
const REQUESTS_IN_A_ROW = 20;

export type PacedLoad = {
  /** Rejects when an answer is not what it should be. */
  failed: Promise<never>;
  /** The milliseconds of each answer since the last call. */
  takeTimes: () => number[];
  stop: () => Promise<void>;
};

async function signIn(client: Client, { username }: Member): Promise<string> {
  const body = { identifier: username, password: PASSWORD };
  const answer = await client.send(formatRequest({ method: 'POST', path: '/api/login', body }));
  if (answer.status !== 200) throw new Error(`POST /api/login: ${answer.status} ${answer.body}`);
  const { accessToken }: { accessToken: string } = JSON.parse(answer.body);
  return accessToken;
}

/** Sends the mixed load at `rate` requests a second, whatever the answers take, as long as a client is free. */
export function startPacedLoad(options: { port: number; members: Member[]; rate: number }): PacedLoad {
  const { port, members, rate } = options;
  const start = performance.now();
  const failure = Promise.withResolvers<never>();
  let next = 0;
  let times: number[] = [];
  let isOver = false;

  const choose = (n: number): [request: Request, status: number, member: Member | undefined] => {
    const member = members[Math.floor(n / REQUESTS_IN_A_ROW) % members.length];
    const requests = member ? listRequests(member) : [];
    const [request, status] = requests[n % (requests.length + 1)] ?? [createSignUp(), 201];
    return [request, status, member];
  };
  /** Access tokens end after a quarter of an hour. */
  const send = async (client: Client, n: number): Promise<void> => {
    const [request, status, member] = choose(n);
    const answer = await client.send(formatRequest(request));
    if (answer.status === status) return;
    if (answer.status !== 401 || !member)
      throw new Error(`${request.method} ${request.path}: ${answer.status} ${answer.body}`);
    member.token = await signIn(client, member);
  };
  const runClient = async (): Promise<void> => {
    const client = openClient(port);
    while (!isOver) {
      const n = next++;
      await sleep(Math.max(0, start + (n * 1_000) / rate - performance.now()));
      const began = performance.now();
      await send(client, n);
      times.push(performance.now() - began);
    }
    client.close();
  };
  const done = Promise.all(Array.from({ length: CLIENTS }, runClient));
  done.catch(failure.reject);
  failure.promise.catch(() => {});
  return {
    failed: failure.promise,
    takeTimes: () => {
      const taken = times;
      times = [];
      return taken;
    },
    stop: async () => {
      isOver = true;
      await done;
    },
  };
}
