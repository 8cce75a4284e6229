import { fastify } from 'fastify';
import pg from 'pg';
import type { Statement } from './statement.ts';

/** `object` is serialized for each request, after the statements; `body` is sent as it is. */
export type PeerRoute = {
  path: string;
  statements?: Statement[];
  object?: object;
  body?: string;
  headers?: Record<string, string>;
};

// Fastify without any plugin, and the same SQL through pg.
async function servePeers(order: { port: number; databaseUrl: string; routes: PeerRoute[] }): Promise<void> {
  const pool = new pg.Pool({ connectionString: order.databaseUrl, max: 10 });
  const server = fastify();
  for (const { path, statements, object, body, headers = {} } of order.routes) {
    const bytes = body === undefined ? undefined : Buffer.from(body);
    if (bytes) server.get(path, (_request, reply) => reply.headers(headers).send(bytes));
    else if (!statements) server.get(path, async () => object);
    else
      server.get(path, async () => {
        for (const { sql, parameters } of statements) await pool.query(sql, [...parameters]);
        return object;
      });
  }
  await server.listen({ port: order.port, host: '127.0.0.1' });
  process.send?.('ready');
}

process.once('message', (order: Parameters<typeof servePeers>[0]) => void servePeers(order));
