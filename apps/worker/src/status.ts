import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type App, createDatabaseProbe, createReadiness, watchReadiness } from '@linkgrove/api/jobs';
import type { Queues } from '@linkgrove/queues';
import { withDeadline } from './time.ts';

const RENDER_MS = 4_000;

function sendText(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
}
const sendJson = (response: ServerResponse, status: number, body: object): void =>
  sendText(response, status, 'application/json; charset=utf-8', JSON.stringify(body));

export async function startStatusServer(
  app: App,
  queues: Queues,
  render: () => Promise<{ type: string; text: string }>,
): Promise<{ url: string; close: () => Promise<void> } | undefined> {
  const { worker, host, metrics } = app.config;
  if (worker.port === undefined) return undefined;
  const readiness = createReadiness(app.logger, {
    database: createDatabaseProbe(app.db),
    queues: () => queues.queue('scheduled').getJobCounts('waiting'),
  });
  watchReadiness(app.metrics, readiness);
  const sendAnswer = async (path: string, response: ServerResponse) => {
    if (path === '/healthz') return sendJson(response, 200, { status: 'ok' });
    if (path === '/readyz') {
      const problems = await readiness.listProblems();
      const parts = problems.map(({ part }) => part);
      const details = problems.map(({ description }) => description);
      return parts.length === 0
        ? sendJson(response, 200, { status: 'ready' })
        : sendJson(response, 503, { status: 'unavailable', parts, details });
    }
    if (path !== '/metrics' || !metrics) return sendJson(response, 404, { status: 'not found' });
    const { type, text } = await withDeadline(RENDER_MS, render);
    return sendText(response, 200, type, text);
  };
  const server = createServer((request, response) => {
    sendAnswer(request.url?.split('?')[0] ?? '', response).catch((error: unknown) => {
      app.logger.warn({ err: error }, 'could not report the status of the worker');
      sendJson(response, 503, { status: 'unavailable' });
    });
  });
  server.listen(worker.port, host);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : worker.port;
  return {
    url: `http://${host}:${port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
