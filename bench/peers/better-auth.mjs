import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { fromNodeHeaders } from 'better-auth/node';
import { fastify } from 'fastify';
import pg from 'pg';

// better-auth behind Fastify as its documentation shows. COOKIE_CACHE=true keeps the session in a signed cookie, without
// asking the database, for five minutes.
const port = Number(process.env['PORT']);
const options = {
  baseURL: `http://127.0.0.1:${port}`,
  secret: 'for benchmarks only: 0123456789abcdef0123456789',
  database: new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 10 }),
  emailAndPassword: { enabled: true },
  session: { cookieCache: { enabled: process.env['COOKIE_CACHE'] === 'true' } },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
};
const { runMigrations } = await getMigrations(options);
await runMigrations();
const auth = betterAuth(options);

const server = fastify();
server.route({
  method: ['GET', 'POST'],
  url: '/api/auth/*',
  handler: async (request, reply) => {
    const answer = await auth.handler(
      new Request(new URL(request.url, `http://${request.headers.host}`), {
        method: request.method,
        headers: fromNodeHeaders(request.headers),
        ...(request.body && { body: JSON.stringify(request.body) }),
      }),
    );
    reply.status(answer.status);
    for (const [name, value] of answer.headers) reply.header(name, value);
    return reply.send(answer.body ? await answer.text() : null);
  },
});
await server.listen({ port, host: '127.0.0.1' });
process.send?.('ready');
