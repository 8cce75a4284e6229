import { type App, AppError, findReferralUrl, readReferralCode, recordVisit } from '@linkgrove/api';
import type { FastifyPluginAsync } from 'fastify';
import { renderQrSvg } from '../public-page/qr.ts';
import { renderInvitePage } from '../error-page.ts';
import type { AttributionCookie } from '../cookies/attribution-cookie.ts';
import { readVisitor } from '../referral-visits.ts';
import { createNotFoundError, sendProblem } from './errors.ts';

const QR_HEADERS = {
  'content-type': 'image/svg+xml; charset=utf-8',
  'cache-control': 'public, max-age=3600',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
};

const createUnknownLinkError = () => new AppError('NOT_FOUND', "This invite link doesn't work");

export const referralLinksPlugin: FastifyPluginAsync<{ app: App; cookie: AttributionCookie }> = async (
  server,
  options,
) => {
  const { app, cookie } = options;
  server.get<{ Params: { code: string }; Querystring: Record<string, unknown> }>(
    '/r/:code',
    async (request, reply) => {
      const visit = await recordVisit(app, {
        code: readReferralCode(request.params.code),
        ...readVisitor(request),
        isSignUpPage: false,
        query: request.query,
        attribution: cookie.read(request),
      });
      if (!visit) return sendProblem(createUnknownLinkError(), request, reply, renderInvitePage);
      if (visit.attribution !== undefined) cookie.set(reply, visit.attribution);
      const query = new URLSearchParams({ referral: visit.code, ...visit.utm });
      return reply.redirect(`${app.config.appUrl}/register?${query.toString()}`, 302);
    },
  );

  server.get<{ Params: { code: string } }>('/r/:code/qr.svg', async (request, reply) => {
    const url = await findReferralUrl(app, readReferralCode(request.params.code));
    if (url === undefined) throw createNotFoundError();
    return reply.headers(QR_HEADERS).send(renderQrSvg(url));
  });
};
