import { type App, createContext, type Ctx, type LimitState } from '@linkgrove/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createPlaceReader, createRequestCapturer, createVisitorReader } from './capture.ts';
import type { AttributionCookie } from './cookies/attribution-cookie.ts';
import type { HostCookie } from './cookies/host-cookie.ts';
import { type DeviceCookie, generateDeviceName } from './cookies/device-cookie.ts';
import type { SessionCookies } from './cookies/session-cookies.ts';
import { createUnlockCookies } from './cookies/unlock-cookies.ts';

export type ContextFactory = (request: FastifyRequest, reply: FastifyReply) => Ctx;

// Fields of draft-ietf-httpapi-ratelimit-headers-10. Of several budgets, the one with the least left is reported.
function reportLimit(reply: FastifyReply, { name, budget, remaining, resetSeconds }: LimitState): void {
  const reported = /r=(\d+)/.exec(String(reply.getHeader('ratelimit') ?? ''))?.[1];
  if (reported !== undefined && Number(reported) <= remaining) return;
  reply.header('ratelimit-policy', `"${name}";q=${budget.points};w=${budget.seconds}`);
  reply.header('ratelimit', `"${name}";r=${remaining};t=${resetSeconds}`);
}

export const createContextFactory = (
  app: App,
  sessionCookies: SessionCookies,
  attribution: AttributionCookie,
  devices: DeviceCookie,
  signIn: HostCookie,
): ContextFactory => {
  const readPlace = createPlaceReader(app);
  const capture = createRequestCapturer(app, sessionCookies);
  const readVisitor = createVisitorReader(app);
  const unlockCookies = createUnlockCookies(app.config);
  return (request, reply) => {
    const knownDevice = devices.read(request);
    let device = knownDevice;
    return createContext(app, {
      requestId: request.id,
      ip: request.ip,
      userAgent: request.headers['user-agent'],
      country: readPlace(request).country,
      capture: () => capture(request),
      visitor: () => readVisitor(request),
      credentials: sessionCookies.read(request),
      attribution: attribution.read(request),
      device: () => (device ??= generateDeviceName()),
      idempotencyKey: [request.headers['idempotency-key']].flat()[0],
      ifMatch: request.headers['if-match'],
      captchaToken: [request.headers['captcha-token']].flat()[0],
      setSessionCookies: (tokens) => {
        sessionCookies.set(reply, tokens);
        if (device !== undefined && device !== knownDevice) devices.set(reply, device);
      },
      clearSessionCookies: () => sessionCookies.clear(reply),
      signInCookie: {
        read: () => signIn.read(request),
        set: (sealed, seconds) => signIn.set(reply, sealed, seconds),
        clear: () => signIn.clear(reply),
      },
      setAttribution: (signed) => attribution.set(reply, signed),
      clearAttribution: () => {
        if (attribution.read(request) !== undefined) attribution.clear(reply);
      },
      setUnlockToken: (pageId, token, seconds) => unlockCookies.set(reply, pageId, token, seconds),
      setEtag: (etag) => void reply.header('etag', etag),
      reportLimit: (state) => reportLimit(reply, state),
    });
  };
};
