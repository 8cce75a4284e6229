import { fastify } from 'fastify';

export type StaticAnswer = { headers: Record<string, string>; body: string };

async function serveAnswers({
  port,
  answers,
}: {
  port: number;
  answers: Record<string, StaticAnswer>;
}): Promise<void> {
  const server = fastify();
  for (const [path, { headers, body }] of Object.entries(answers)) {
    const bytes = Buffer.from(body);
    server.get(path, (_request, reply) => reply.headers(headers).send(bytes));
  }
  await server.listen({ port });
  process.send?.('ready');
}

process.once('message', (order: Parameters<typeof serveAnswers>[0]) => void serveAnswers(order));
