import { once } from 'node:events';
import { createServer } from 'node:http';
import { findListenFault, type Logger } from '@linkgrove/api';

export type RenderedMetrics = { type: string; text: string };

/** Serves `/metrics` at an address of its own. Throws a sentence if the port is taken. */
export async function startMetricsListener(options: {
  host: string;
  port: number;
  render: () => Promise<RenderedMetrics>;
  logger: Logger;
}): Promise<{ close: () => void }> {
  const { host, port, render, logger } = options;
  const server = createServer(({ method, url = '' }, response) => {
    const headers = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' };
    if (method !== 'GET' || url.split('?', 1)[0] !== '/metrics')
      return void response.writeHead(404, headers).end();
    render().then(
      ({ type, text }) => response.writeHead(200, { ...headers, 'content-type': type }).end(text),
      (error: unknown) => {
        logger.error({ err: error }, 'could not render the metrics');
        response.writeHead(500, headers).end();
      },
    );
  });
  try {
    await once(server.listen(port, host), 'listening');
  } catch (cause) {
    const fault = findListenFault(cause, 'METRICS_PORT', 'METRICS_HOST');
    throw fault === undefined ? cause : new Error(fault, { cause });
  }
  return {
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
