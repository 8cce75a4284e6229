import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { App } from '@linkgrove/api/jobs';
import type { Queues } from '@linkgrove/queues';
import { sql } from 'kysely';
import { withDeadline } from './time.ts';

const PROBE_MS = 2_000;

/** The parts that do not answer. */
async function failingParts({ db }: App, queues: Queues): Promise<string[]> {
  const probes = {
    database: () => sql`select 1`.execute(db),
    queues: () => queues.queue('upkeep').getJobCounts('waiting'),
  };
  const names = await Promise.all(
    Object.entries(probes).map(([name, probe]) =>
      withDeadline<unknown>(PROBE_MS, probe).then(
        () => [],
        () => [name],
      ),
    ),
  );
  return names.flat();
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
}
const sendJson = (response: ServerResponse, status: number, body: object): void =>
  send(response, status, 'application/json; charset=utf-8', JSON.stringify(body));

/**
 * Serves `/healthz` (the process is up), `/readyz` (database and queues answer; else 503 naming the parts) and
 * `/metrics` on `WORKER_PORT`; nothing where that is not set.
 */
export async function startStatusServer(
  app: App,
  queues: Queues,
  render: () => Promise<{ type: string; text: string }>,
): Promise<{ url: string; close: () => Promise<void> } | undefined> {
  const { worker, host, metrics } = app.config;
  if (worker.port === undefined) return undefined;
  const answer = async (path: string, response: ServerResponse) => {
    if (path === '/healthz') return sendJson(response, 200, { status: 'ok' });
    if (path === '/readyz') {
      const parts = await failingParts(app, queues);
      return parts.length === 0
        ? sendJson(response, 200, { status: 'ready' })
        : sendJson(response, 503, { status: 'unavailable', parts });
    }
    if (path !== '/metrics' || !metrics) return sendJson(response, 404, { status: 'not found' });
    const { type, text } = await withDeadline(PROBE_MS * 2, render);
    return send(response, 200, type, text);
  };
  const server = createServer((request, response) => {
    answer(request.url?.split('?')[0] ?? '', response).catch((error: unknown) => {
      app.logger.warn({ err: error }, 'The state of the worker could not be told');
      sendJson(response, 503, { status: 'unavailable' });
    });
  });
  server.listen(worker.port, host);
  await once(server, 'listening');
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
