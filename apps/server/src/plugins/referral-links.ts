import {
  type App,
  AppError,
  findReferralUrl,
  readReferralCode,
  recordMissedVisit,
  recordVisit,
} from '@linkgrove/api';
import type { FastifyPluginAsync } from 'fastify';
import { renderQrSvg } from '../public-page/qr.ts';
import type { AttributionCookie } from '../cookies/attribution-cookie.ts';
import type { RequestCapturer } from '../capture.ts';
import { createNotFoundError, sendProblem, wantsPage } from './errors.ts';

const QR_HEADERS = {
  'content-type': 'image/svg+xml; charset=utf-8',
  'cache-control': 'public, max-age=3600',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
};

const createUnknownLinkError = () => new AppError('NOT_FOUND', "This invite link doesn't work");

type Options = { app: App; cookie: AttributionCookie; capture: RequestCapturer };

export const referralLinksPlugin: FastifyPluginAsync<Options> = async (server, options) => {
  const { app, cookie, capture } = options;
  server.get<{ Params: { code: string }; Querystring: Record<string, unknown> }>(
    '/r/:code',
    async (request, reply) => {
      const opened = {
        code: readReferralCode(request.params.code),
        request: capture(request),
        query: request.query,
      };
      const toSignUpPage = (parameters: Record<string, string>) => {
        const query = new URLSearchParams(parameters).toString();
        return reply.redirect(`${app.config.appUrl}/register${query && `?${query}`}`, 302);
      };
      const visit = await recordVisit(app, {
        ...opened,
        isSignUpPage: false,
        attribution: cookie.read(request),
      });
      if (!visit) {
        // Nobody is credited, but a person who came by a link can sign up all the same.
        const utm = await recordMissedVisit(app, opened);
        if (wantsPage(request)) return toSignUpPage({ ...utm });
        return sendProblem(createUnknownLinkError(), request, reply);
      }
      if (visit.attribution !== undefined) cookie.set(reply, visit.attribution);
      return toSignUpPage({ referral: visit.code, ...visit.utm });
    },
  );

  server.get<{ Params: { code: string } }>('/r/:code/qr.svg', async (request, reply) => {
    const url = await findReferralUrl(app, readReferralCode(request.params.code));
    if (url === undefined) throw createNotFoundError();
    return reply.headers(QR_HEADERS).send(renderQrSvg(url));
  });
};
