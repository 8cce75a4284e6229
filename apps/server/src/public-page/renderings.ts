import { isDeepStrictEqual } from 'node:util';
import { type App, type PublicPage, renderQrSvg } from '@linkgrove/api';
import { LRUCache } from 'lru-cache';
import { createCachedResponse, type CachedResponse } from './cached-response.ts';
import { type Delivery, PUBLIC_DELIVERY } from './delivery.ts';
import { type RenderedDocument, renderPublicPage } from './page.ts';
import { renderQrPng } from './qr.ts';
import type { ReportFailure } from './safe-rendering.ts';
import { renderSharePage } from './share.ts';
import { renderVcard } from './vcard.ts';

export type PageFormat = 'html' | 'json' | 'svg' | 'png' | 'vcard' | 'share';
type Rendering = {
  page: PublicPage;
  json: string;
  delivery: Delivery;
  responses: Partial<Record<PageFormat, CachedResponse>>;
};

const MAX_RENDERED_PAGES = 1_000;
const MAX_RENDERED_VARIANTS = 1_000;

/** Tells scans from other views. */
const toScanUrl = ({ url }: PublicPage): string => `${url}?via=qr`;

export function createPageRenderings(
  { logger, metrics, config }: Pick<App, 'logger' | 'metrics' | 'config'>,
  securityHeaders: Record<string, string>,
): (page: PublicPage, format: PageFormat, delivery?: Delivery) => CachedResponse {
  const report: ReportFailure = (error, { id }) =>
    logger.error({ err: error, blockId: id }, 'block left out of its page');
  const renderings = new LRUCache<string, Rendering>({ max: MAX_RENDERED_PAGES });
  // Apart from the others, which must not be pushed out by pages with many variants.
  const variants = new LRUCache<string, Rendering>({ max: MAX_RENDERED_VARIANTS });

  const buildHeaders = ({ delivery }: Rendering, more: Record<string, string> = {}) => ({
    ...securityHeaders,
    ...delivery.headers,
    ...more,
  });
  const createDocument = (rendering: Rendering, { html, policy }: RenderedDocument) =>
    createCachedResponse(
      html,
      'text/html; charset=utf-8',
      buildHeaders(rendering, {
        'content-security-policy': policy,
        'referrer-policy': 'strict-origin-when-cross-origin',
      }),
    );
  const createFile = (rendering: Rendering, content: string | Uint8Array, type: string) =>
    createCachedResponse(
      content,
      type,
      buildHeaders(rendering, { 'cross-origin-resource-policy': 'cross-origin' }),
    );

  const create: Record<PageFormat, (rendering: Rendering) => CachedResponse> = {
    html: (rendering) => {
      const { common, isUnlocked } = rendering.delivery;
      const options = { report, filesUrl: config.files.url, common, isUnlocked };
      return createDocument(rendering, renderPublicPage(rendering.page, options));
    },
    share: (rendering) => createDocument(rendering, renderSharePage(rendering.page)),
    json: (rendering) => {
      const vary = [rendering.delivery.headers['vary'] ?? [], 'Origin'].flat().join(', ');
      return createCachedResponse(
        rendering.json,
        'application/json; charset=utf-8',
        buildHeaders(rendering, { vary }),
      );
    },
    svg: (rendering) => createFile(rendering, renderQrSvg(toScanUrl(rendering.page)), 'image/svg+xml'),
    png: (rendering) => createFile(rendering, renderQrPng(toScanUrl(rendering.page)), 'image/png'),
    vcard: (rendering) =>
      createCachedResponse(
        renderVcard(rendering.page, report),
        'text/vcard; charset=utf-8',
        buildHeaders(rendering, {
          'content-disposition': `attachment; filename="${rendering.page.handle}.vcf"`,
        }),
      ),
  };

  const getRendering = (page: PublicPage, delivery: Delivery): Rendering => {
    const isPublic = delivery === PUBLIC_DELIVERY;
    const kept = isPublic ? renderings : variants;
    const key = isPublic ? page.handle : `${page.handle} ${delivery.name}`;
    const known = kept.get(key);
    if (known?.page === page) return known;
    const json = JSON.stringify(page);
    // If the page was loaded again but did not change, its responses are still right.
    const isSame = known?.json === json && isDeepStrictEqual(known.delivery.common, delivery.common);
    const rendering = isSame ? { ...known, page } : { page, json, delivery, responses: {} };
    kept.set(key, rendering);
    return rendering;
  };

  return (page, format, delivery = PUBLIC_DELIVERY) => {
    const rendering = getRendering(page, delivery);
    if (delivery !== PUBLIC_DELIVERY)
      metrics.variantReads.inc({ result: rendering.responses[format] ? 'hit' : 'miss' });
    return (rendering.responses[format] ??= create[format](rendering));
  };
}
