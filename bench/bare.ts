import { fastify } from 'fastify';

/** An answer to be sent as it is. */
export type Bytes = { headers: Record<string, string>; body: string };

// What there is to be compared with: a route of Fastify's own for each answer that it is given.
async function serve({ port, answers }: { port: number; answers: Record<string, Bytes> }): Promise<void> {
  const server = fastify();
  for (const [path, { headers, body }] of Object.entries(answers)) {
    const bytes = Buffer.from(body);
    server.get(path, (_request, reply) => reply.headers(headers).send(bytes));
  }
  await server.listen({ port });
  process.send?.('ready');
}

process.once('message', (order: Parameters<typeof serve>[0]) => void serve(order));
