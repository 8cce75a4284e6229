import {
  type App,
  AppError,
  findCampaignLinkUrl,
  findScannedUrl,
  negotiateLocale,
  openCampaignLink,
  readReferralCode,
  recordMissedVisit,
  recordVisit,
  renderQrSvg,
} from '@linkgrove/api';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { AttributionCookie } from '../cookies/attribution-cookie.ts';
import type { RequestCapturer } from '../capture.ts';
import { renderLeaving } from '../public-page/leaving.ts';
import { buildUncachedHeaders } from '../public-page/notice.ts';
import { createNotFoundError, isForPerson, sendProblem } from './errors.ts';

const QR_HEADERS = {
  'content-type': 'image/svg+xml; charset=utf-8',
  'cache-control': 'public, max-age=3600',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
};

const createUnknownLinkError = () => new AppError('NOT_FOUND', "This invite link doesn't work");

type Options = {
  app: App;
  cookie: AttributionCookie;
  clickCookie: AttributionCookie;
  capture: RequestCapturer;
};

type LinkRequest = FastifyRequest<{ Params: { code: string }; Querystring: Record<string, unknown> }>;

export const referralLinksPlugin: FastifyPluginAsync<Options> = async (server, options) => {
  const { app, cookie, clickCookie, capture } = options;

  const leadToSignUpPage = (reply: FastifyReply, parameters: Record<string, string>, landingUrl?: string) => {
    const url = new URL(landingUrl ?? `${app.config.appUrl}/register`);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return reply.redirect(url.href, 302);
  };

  /** Nobody is credited, but a person who came by a link can sign up all the same. */
  const answerDeadLink = async (request: LinkRequest, reply: FastifyReply, code: string) => {
    const utm = await recordMissedVisit(app, { code, request: capture(request), query: request.query });
    if (code !== '' && isForPerson(request)) return leadToSignUpPage(reply, { ...utm });
    return sendProblem(createUnknownLinkError(), request, reply);
  };

  /** The links of campaigns lead to another product. */
  const leadToProduct = async (request: LinkRequest, reply: FastifyReply, code: string) => {
    const opened = await openCampaignLink(app, {
      code,
      request: capture(request),
      query: request.query,
      kept: clickCookie.read(request),
    });
    if (!opened) return answerDeadLink(request, reply, code);
    if (opened.kept !== undefined) clickCookie.set(reply, opened.kept);
    if (opened.suspicious) {
      const locale = negotiateLocale(request.headers['accept-language']);
      const { html, policy } = renderLeaving(locale, { url: opened.url, href: opened.url, back: '' });
      return reply.headers(buildUncachedHeaders(policy)).send(html);
    }
    return reply.header('cache-control', 'no-store').redirect(opened.url, 302);
  };

  server.get<{ Params: { code: string }; Querystring: Record<string, unknown> }>(
    '/r/:code',
    async (request, reply) => {
      const code = readReferralCode(request.params.code);
      const visit = await recordVisit(app, {
        code,
        request: capture(request),
        isSignUpPage: false,
        query: request.query,
        attribution: cookie.read(request),
      });
      if (!visit) return leadToProduct(request, reply, code);
      if (visit.attribution !== undefined) cookie.set(reply, visit.attribution);
      return leadToSignUpPage(reply, { referral: visit.code, ...visit.utm }, visit.landingUrl);
    },
  );

  server.get<{ Params: { code: string } }>('/r/:code/qr.svg', async (request, reply) => {
    const code = readReferralCode(request.params.code);
    const url = (await findScannedUrl(app, code)) ?? (await findCampaignLinkUrl(app, code));
    if (url === undefined) throw createNotFoundError();
    return reply.headers(QR_HEADERS).send(renderQrSvg(url));
  });
};
