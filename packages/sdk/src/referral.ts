import { type Page, readPage } from './browser.ts';
import type { FetchOption } from './transport.ts';

export type CaptureReferralOptions = {
  /** Base URL of the API. Default: the page's origin. */
  url?: string | undefined;
  /** Replaces the global `fetch`. */
  fetch?: FetchOption | undefined;
};

const captured = new Map<string, Promise<void>>();

/**
 * Counts a visit if the page was opened by a referral link (`?referral=CODE`), and lets the browser keep the
 * attribution in a cookie. Call it when a page loads; repeated calls on a page send one request. Returns the code, or
 * null if there is none. Never throws: an unusable code or an unreachable API must not cost the visitor the page.
 */
export async function captureReferral(options: CaptureReferralOptions = {}): Promise<string | null> {
  const { location, document } = readPage();
  if (!location) return null;
  const query = new URLSearchParams(location.search);
  const code = query.get('referral');
  if (!code) return null;
  const { url = location.origin, fetch } = options;
  const sent = captured.get(code) ?? sendVisit(code, query, { url, fetch }, document);
  captured.set(code, sent);
  await sent;
  return code;
}

async function sendVisit(
  code: string,
  query: URLSearchParams,
  { url, fetch = globalThis.fetch }: { url: string; fetch?: FetchOption | undefined },
  document: Page['document'],
): Promise<void> {
  try {
    // Nobody has seen a prerendered page yet.
    if (document?.prerendering) {
      await new Promise((resolve) => {
        document.addEventListener('prerenderingchange', resolve, { once: true });
      });
    }
    const utm = Object.fromEntries([...query].filter(([name]) => UTM_PARAMETERS.has(name)));
    await fetch(`${url.replace(/\/+$/, '')}/api/referral-codes/${encodeURIComponent(code)}/visit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(Object.keys(utm).length > 0 ? { utm } : {}),
      credentials: 'include',
      keepalive: true,
    });
  } catch {
    // The visit is not counted; the code still works at sign-up.
  }
}

const UTM_PARAMETERS = new Set(['utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content']);
