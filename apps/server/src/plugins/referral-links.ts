import { type App, canonicalAddress, recordVisit } from '@linkgrove/api';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { AttributionCookie } from './attribution-cookie.ts';
import { notFound } from './errors.ts';

const isPrefetch = ({ method, headers }: FastifyRequest): boolean =>
  method === 'HEAD' ||
  /prefetch|preview/i.test(String(headers['sec-purpose'] ?? headers['purpose'] ?? headers['x-moz'] ?? ''));

/** `/r/{code}`: counts the visit, has the browser remember the code, and leads to the sign-up. */
export const referralLinks: FastifyPluginAsync<{ app: App; cookie: AttributionCookie }> = async (
  server,
  options,
) => {
  const { app, cookie } = options;
  server.get<{ Params: { code: string } }>('/r/:code', async (request, reply) => {
    const { code } = request.params;
    const attribution = await recordVisit(app, {
      code,
      address: canonicalAddress(request.ip),
      userAgent: request.headers['user-agent'],
      isPrefetch: isPrefetch(request),
    });
    if (attribution === undefined) throw notFound();
    cookie.set(reply, attribution);
    return reply.redirect(`${app.config.appUrl}/register?referral=${encodeURIComponent(code)}`, 302);
  });
};
