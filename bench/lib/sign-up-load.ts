import { format, openClient } from './clients.ts';
import { addressOf, bodyOf } from './people.ts';
import type { ServerProcess } from './servers.ts';

let people = 1_000;

/** The next person's request to sign up by a code. */
function nextRequest(code: string): string {
  const n = (people += 1);
  return format({
    method: 'POST',
    path: '/api/register',
    headers: { 'x-forwarded-for': addressOf(n) },
    body: bodyOf(n, code),
  });
}

export type Load = { servers: ServerProcess[]; code: string; clients: number; seconds: number };

/** Has clients sign people up without pause, at the servers in turn; returns how many per second. */
export async function signUpAt({ servers, code, clients, seconds }: Load): Promise<number> {
  const start = performance.now();
  const until = start + seconds * 1_000;
  let done = 0;
  const client = async (port: number): Promise<void> => {
    const connection = openClient(port);
    while (performance.now() < until) {
      const { status, body } = await connection.send(nextRequest(code));
      if (status !== 201) throw new Error(`Sign-up answered ${status}: ${body}`);
      done += 1;
    }
    connection.close();
  };
  const ports = Array.from({ length: clients }, (_, index) => servers[index % servers.length]?.port ?? 0);
  await Promise.all(ports.map(client));
  return done / ((performance.now() - start) / 1_000);
}
