import type { Capture } from '../../../core/capture/capture.ts';
import { takeCodePoints } from '../../../core/text/validation.ts';
import { findInvisibleCharacter } from '../../../core/text/visibility.ts';
import type { Source } from '../schema.ts';

export type Loading = 'page' | 'prefetch' | 'embedded';

type Headers = Capture['headers'];

const readHeader = (headers: Headers, name: string): string => String(headers[name] ?? '');

const isPrefetch = (headers: Headers): boolean =>
  /prefetch|preview|prerender/i.test(
    readHeader(headers, 'sec-purpose') || readHeader(headers, 'purpose') || readHeader(headers, 'x-moz'),
  );

/** Loads of images, frames and the like (Fetch Metadata, W3C). The `fetch` of Node.js sends only the mode `cors`. */
const isEmbedded = (headers: Headers): boolean => {
  const { 'sec-fetch-dest': dest, 'sec-fetch-mode': mode = 'navigate' } = headers;
  return dest === undefined ? mode !== 'navigate' && mode !== 'cors' : dest !== 'document';
};

export const readLoading = ({ method, headers }: Pick<Capture, 'method' | 'headers'>): Loading =>
  isEmbedded(headers) ? 'embedded' : method === 'HEAD' || isPrefetch(headers) ? 'prefetch' : 'page';

/** Global Privacy Control and Do Not Track. */
export const isPrivacyRequested = (headers: Headers): boolean =>
  headers['sec-gpc'] === '1' || headers['dnt'] === '1';

/** Returns the first language of `Accept-Language` without its region, such as `de`. */
export function readLanguage(headers: Headers): string | null {
  const [, language] = /^\s*([A-Za-z]{2,3})(?![A-Za-z])/.exec(readHeader(headers, 'accept-language')) ?? [];
  return language?.toLowerCase() ?? null;
}

const MAX_TAG_LENGTH = 100;

export function readTag(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const text = takeCodePoints(value.trim(), MAX_TAG_LENGTH).toWellFormed();
  return text === '' || findInvisibleCharacter(text, 'line') !== undefined ? null : text;
}

const VIA = /^[a-z0-9][a-z0-9_-]{0,31}$/;
const readVia = (value: unknown): string | null =>
  typeof value === 'string' && VIA.test(value.toLowerCase()) ? value.toLowerCase() : null;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

export function readSource(
  { given, query, headers }: Capture,
  readReferrer: (text: string) => string | null,
): Source {
  if (given)
    return {
      referrer: readReferrer(given.referrer ?? ''),
      utmSource: readTag(given.utmSource),
      utmMedium: readTag(given.utmMedium),
      utmCampaign: readTag(given.utmCampaign),
      via: readVia(given.via),
    };
  const parameters = isRecord(query) ? query : {};
  return {
    referrer: readReferrer(readHeader(headers, 'referer')),
    utmSource: readTag(parameters['utm_source']),
    utmMedium: readTag(parameters['utm_medium']),
    utmCampaign: readTag(parameters['utm_campaign']),
    via: readVia(parameters['via']),
  };
}
