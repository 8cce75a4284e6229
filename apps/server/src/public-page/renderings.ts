import type { App, PublicPage } from '@linkgrove/api';
import { LRUCache } from 'lru-cache';
import { createCachedResponse, type CachedResponse } from './cached-response.ts';
import { type RenderedDocument, renderPublicPage } from './page.ts';
import { renderQrPng, renderQrSvg } from './qr.ts';
import type { ReportFailure } from './safe-rendering.ts';
import { renderSharePage } from './share.ts';
import { renderVcard } from './vcard.ts';

export type PageFormat = 'html' | 'json' | 'svg' | 'png' | 'vcard' | 'share';
type Rendering = { page: PublicPage; json: string; responses: Partial<Record<PageFormat, CachedResponse>> };

const MAX_RENDERED_PAGES = 1_000;

/** Long enough for shared caches to absorb a rush of visitors, too short for owners to wait for an edit. */
export const CACHE_CONTROL = 'public, max-age=1, stale-while-revalidate=1';

/** Tells scans from other views. */
const toScanUrl = ({ url }: PublicPage): string => `${url}?via=qr`;

export function createPageRenderings(
  { logger }: Pick<App, 'logger'>,
  securityHeaders: Record<string, string>,
): (page: PublicPage, format: PageFormat) => CachedResponse {
  const base = { ...securityHeaders, 'cache-control': CACHE_CONTROL };
  const report: ReportFailure = (error, { id }) =>
    logger.error({ err: error, blockId: id }, 'block left out of its page');
  const fileHeaders = { ...base, 'cross-origin-resource-policy': 'cross-origin' };
  const renderings = new LRUCache<string, Rendering>({ max: MAX_RENDERED_PAGES });

  const createDocument = ({ html, policy }: RenderedDocument) =>
    createCachedResponse(html, 'text/html; charset=utf-8', {
      ...base,
      'content-security-policy': policy,
      'referrer-policy': 'strict-origin-when-cross-origin',
    });

  const create: Record<PageFormat, (rendering: Rendering) => CachedResponse> = {
    html: ({ page }) => createDocument(renderPublicPage(page, { report })),
    share: ({ page }) => createDocument(renderSharePage(page)),
    json: ({ json }) =>
      createCachedResponse(json, 'application/json; charset=utf-8', { ...base, vary: 'Origin' }),
    svg: ({ page }) => createCachedResponse(renderQrSvg(toScanUrl(page)), 'image/svg+xml', fileHeaders),
    png: ({ page }) => createCachedResponse(renderQrPng(toScanUrl(page)), 'image/png', fileHeaders),
    vcard: ({ page }) =>
      createCachedResponse(renderVcard(page, report), 'text/vcard; charset=utf-8', {
        ...base,
        'content-disposition': `attachment; filename="${page.handle}.vcf"`,
      }),
  };

  const getRendering = (page: PublicPage): Rendering => {
    const known = renderings.get(page.handle);
    if (known?.page === page) return known;
    const json = JSON.stringify(page);
    // If the page was loaded again but did not change, its responses are still right.
    const rendering = known?.json === json ? { ...known, page } : { page, json, responses: {} };
    renderings.set(page.handle, rendering);
    return rendering;
  };

  return (page, format) => {
    const rendering = getRendering(page);
    return (rendering.responses[format] ??= create[format](rendering));
  };
}
