import { formatRequest, openClient } from './clients.ts';
import { buildAddress, buildSignUp } from './people.ts';
import type { ServerProcess } from './servers.ts';

let people = 1_000;

function buildNextRequest(code: string): string {
  const n = (people += 1);
  return formatRequest({
    method: 'POST',
    path: '/api/register',
    headers: { 'x-forwarded-for': buildAddress(n) },
    body: buildSignUp(n, code),
  });
}

export type Load = { servers: ServerProcess[]; code: string; clients: number; seconds: number };

/** Signs up users continuously, spread over the servers. Returns the rate per second. */
export async function runSignUps({ servers, code, clients, seconds }: Load): Promise<number> {
  const start = performance.now();
  const until = start + seconds * 1_000;
  let done = 0;
  const runClient = async (port: number): Promise<void> => {
    const connection = openClient(port);
    while (performance.now() < until) {
      const { status, body } = await connection.send(buildNextRequest(code));
      if (status !== 201) throw new Error(`Sign-up answered ${status}: ${body}`);
      done += 1;
    }
    connection.close();
  };
  const ports = Array.from({ length: clients }, (_, index) => servers[index % servers.length]?.port ?? 0);
  await Promise.all(ports.map(runClient));
  return done / ((performance.now() - start) / 1_000);
}
