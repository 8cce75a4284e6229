import type { Config, PublicPage } from '@linkgrove/api';
import { LRUCache } from 'lru-cache';
import { buildSecurityHeaders } from '../headers.ts';
import { createCachedResponse, type CachedResponse } from './cached-response.ts';
import { renderPublicPage } from './page.ts';
import { renderQrPng, renderQrSvg } from './qr.ts';
import { renderVcard } from './vcard.ts';

/** What a page can be asked for as. */
export type Form = 'html' | 'json' | 'svg' | 'png' | 'vcard';
type Rendering = { page: PublicPage; text: string; entities: Partial<Record<Form, CachedResponse>> };

const MAX_PAGES = 1_000;

/**
 * A second in which shared caches and browsers may answer by themselves, and one more while they ask again:
 * enough to take a rush from the server, and too short for anyone to wait for an edit.
 */
const SHARED = 'public, max-age=1, stale-while-revalidate=1';

/** Makes entities of pages, each once while the page stays as it is. */
export function createPageRenderings(config: Config): (page: PublicPage, form: Form) => CachedResponse {
  const base = { ...buildSecurityHeaders(config), 'cache-control': SHARED };
  const asFile = { ...base, 'cross-origin-resource-policy': 'cross-origin' };
  const renderings = new LRUCache<string, Rendering>({ max: MAX_PAGES });

  const create: Record<Form, (rendering: Rendering) => CachedResponse> = {
    html: ({ page }) => {
      const { html, policy } = renderPublicPage(page);
      const headers = {
        ...base,
        'content-security-policy': policy,
        'referrer-policy': 'strict-origin-when-cross-origin',
      };
      return createCachedResponse(html, 'text/html; charset=utf-8', headers);
    },
    json: ({ text }) =>
      createCachedResponse(text, 'application/json; charset=utf-8', { ...base, vary: 'Origin' }),
    svg: ({ page }) => createCachedResponse(renderQrSvg(page.url), 'image/svg+xml', asFile),
    png: ({ page }) => createCachedResponse(renderQrPng(page.url), 'image/png', asFile),
    vcard: ({ page }) =>
      createCachedResponse(renderVcard(page), 'text/vcard; charset=utf-8', {
        ...base,
        'content-disposition': `attachment; filename="${page.handle}.vcf"`,
      }),
  };

  const renderingOf = (page: PublicPage): Rendering => {
    const known = renderings.get(page.handle);
    if (known?.page === page) return known;
    const text = JSON.stringify(page);
    // Read anew, and still the same: what was made of it is still right.
    const rendering = known?.text === text ? { ...known, page } : { page, text, entities: {} };
    renderings.set(page.handle, rendering);
    return rendering;
  };

  return (page, form) => {
    const rendering = renderingOf(page);
    return (rendering.entities[form] ??= create[form](rendering));
  };
}
