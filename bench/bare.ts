import { fastify } from 'fastify';

/** An answer to be sent as it is. */
export type Bytes = { headers: Record<string, string>; body: string };

// What there is to be compared with: a route of Fastify's own for each answer that it is given.
process.once('message', async ({ port, answers }: { port: number; answers: Record<string, Bytes> }) => {
  const server = fastify();
  for (const [path, { headers, body }] of Object.entries(answers)) {
    const bytes = Buffer.from(body);
    server.get(path, (_request, reply) => reply.headers(headers).send(bytes));
  }
  await server.listen({ port });
  process.send?.('ready');
});
