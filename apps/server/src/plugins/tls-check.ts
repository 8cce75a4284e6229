import { createHash, timingSafeEqual } from 'node:crypto';
import { type App, findHandleOfHost } from '@linkgrove/api';
import type { FastifyPluginAsync } from 'fastify';

const hashText = (text: string): Buffer => createHash('sha256').update(text).digest();

type Query = Record<'domain' | 'secret', string | string[] | undefined>;

/**
 * Tells a proxy whether to get a certificate for a host (Caddy's `on_demand_tls`). Reads an index and asks no DNS. All
 * other answers are the same 404, so that nobody learns which hosts exist.
 */
export const tlsCheckPlugin: FastifyPluginAsync<{ app: App }> = async (server, { app }) => {
  const { tlsCheckSecret } = app.config;
  const expected = tlsCheckSecret === undefined ? undefined : hashText(tlsCheckSecret);
  const isAllowed = (given: unknown): boolean =>
    expected !== undefined && typeof given === 'string' && timingSafeEqual(hashText(given), expected);
  server.get<{ Querystring: Query }>('/internal/tls-check', async (request, reply) => {
    const { domain, secret } = request.query;
    const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const isKnown =
      isAllowed(secret ?? bearer) &&
      typeof domain === 'string' &&
      (await findHandleOfHost(app, domain.toLowerCase().replace(/\.$/, ''))) !== undefined;
    return reply
      .code(isKnown ? 200 : 404)
      .headers({ ...server.site.securityHeaders, 'x-request-id': request.id })
      .type('text/plain')
      .send(isKnown ? 'yes' : 'no');
  });
};
