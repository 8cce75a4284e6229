import { type BuiltProgram, readCpuMs } from './built.ts';
import { type Client, formatRequest, openClient, type Request } from './clients.ts';
import { buildAddress, buildSignUp } from './people.ts';

export type Member = { username: string; token: string };
export type Load = { perSecond: number; cpuMicroseconds: number };

let people = 5_000_000;

/** A sign-up comes from an address of its own. */
export const createSignUp = (): Request => {
  const n = (people += 1);
  const headers = { 'x-forwarded-for': buildAddress(n) };
  return { method: 'POST', path: '/api/register', headers, body: buildSignUp(n) };
};

async function send(client: Client, request: Request, status: number): Promise<string> {
  const answer = await client.send(formatRequest(request));
  if (answer.status !== status)
    throw new Error(`${request.method} ${request.path}: ${answer.status} ${answer.body}`);
  return answer.body;
}

async function signUpMember(client: Client): Promise<Member> {
  const body = await send(client, createSignUp(), 201);
  const { accessToken: token, user }: { accessToken: string; user: { username: string } } = JSON.parse(body);
  const headers = { authorization: `Bearer ${token}` };
  const list: { items: { id: string }[] } = JSON.parse(
    await send(client, { method: 'GET', path: '/api/pages', headers }, 200),
  );
  const path = `/api/pages/${list.items[0]?.id}`;
  await send(client, { method: 'PATCH', path, headers, body: { published: true } }, 200);
  return { username: user.username, token };
}

/** Signs up people, each with a published page, one after the other. */
export async function signUpMembers(port: number, count: number): Promise<Member[]> {
  const client = openClient(port);
  const members: Member[] = [];
  for (let n = 0; n < count; n += 1) members.push(await signUpMember(client));
  client.close();
  return members;
}

/** Of twenty requests, one signs somebody up, from an address of its own; the others read. */
export function listRequests({ username, token }: Member): [request: Request, status: number][] {
  const headers = { authorization: `Bearer ${token}` };
  const read = (path: string): [Request, number] => [{ method: 'GET', path, headers }, 200];
  const reads = [
    read('/api/me'),
    read(`/@${username}`),
    read('/api/pages'),
    read(`/api/public/pages/${username}`),
    read('/api/referral-stats'),
  ];
  return [...reads, ...reads, ...reads, ...reads.slice(1)];
}

export async function runMixedLoad(options: {
  program: Pick<BuiltProgram, 'port' | 'pid'>;
  members: Member[];
  clients: number;
  seconds: number;
}): Promise<Load> {
  const { program, members, clients, seconds } = options;
  const cpuBefore = readCpuMs(program.pid);
  const start = performance.now();
  const until = start + seconds * 1_000;
  let done = 0;
  const runClient = async (index: number): Promise<void> => {
    const member = members[index % members.length];
    if (!member) return;
    const client = openClient(program.port);
    const requests = listRequests(member);
    for (let n = index; performance.now() < until; n += 1) {
      const [request, status] = requests[n % (requests.length + 1)] ?? [createSignUp(), 201];
      await send(client, request, status);
      done += 1;
    }
    client.close();
  };
  await Promise.all(Array.from({ length: clients }, (_, index) => runClient(index)));
  return {
    perSecond: done / ((performance.now() - start) / 1_000),
    cpuMicroseconds: ((readCpuMs(program.pid) - cpuBefore) * 1_000) / done,
  };
}
