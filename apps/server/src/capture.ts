import { type App, type CapturedRequest, createTrustCheck, parseCountry, type Visitor } from '@linkgrove/api';
import type { FastifyRequest } from 'fastify';
import type { SessionCookies } from './cookies/session-cookies.ts';
import { createUnlockCookies } from './cookies/unlock-cookies.ts';

type Place = { country: string | undefined; region: string | undefined };
const NOWHERE: Place = { country: undefined, region: undefined };
const REGION = /^[A-Za-z0-9-]{1,10}$/;

/** Headers that come from no trusted proxy are ignored. */
export function createPlaceReader({ config }: App): (request: FastifyRequest) => Place {
  const { countryHeader, regionHeader, trustProxy } = config;
  if (trustProxy === undefined || (countryHeader === undefined && regionHeader === undefined))
    return () => NOWHERE;
  const isTrusted = createTrustCheck(trustProxy);
  return ({ headers, socket }) => {
    if (!isTrusted(socket.remoteAddress ?? '')) return NOWHERE;
    const readHeader = (name: string | undefined) => (name ? ([headers[name]].flat()[0] ?? '') : '');
    const country = parseCountry(readHeader(countryHeader));
    const region = readHeader(regionHeader);
    const isRegion = country !== undefined && REGION.test(region);
    return { country, region: isRegion ? `${country}-${region.toUpperCase()}` : undefined };
  };
}

export type VisitorReader = (request: FastifyRequest) => Visitor;

export function createVisitorReader(app: App): VisitorReader {
  const readPlace = createPlaceReader(app);
  const cookies = createUnlockCookies(app.config);
  return (request) => ({
    ip: request.ip,
    headers: request.headers,
    country: readPlace(request).country,
    findUnlockToken: (pageId) => cookies.read(request, pageId),
  });
}

export type RequestCapturer = (request: FastifyRequest) => CapturedRequest;

/** Costs little, since it runs for each view of a cached page: nothing is parsed that the request may not have. */
export function createRequestCapturer(app: App, cookies: SessionCookies): RequestCapturer {
  const readPlace = createPlaceReader(app);
  const readCredentials = (request: FastifyRequest) =>
    request.headers.cookie === undefined && request.headers.authorization === undefined
      ? undefined
      : cookies.read(request);
  return (request) => {
    const { country, region } = readPlace(request);
    return {
      at: Date.now(),
      method: request.method,
      ip: request.ip,
      headers: request.headers,
      query: request.query,
      country,
      region,
      credentials: readCredentials(request),
    };
  };
}
