import { afterEach, beforeEach, expect, it, vi } from 'vitest';

// The module remembers what it sent for as long as a page lives; each test is a new page.
const openPage = async (search: string, document?: object) => {
  vi.resetModules();
  vi.stubGlobal('location', { search, origin: 'https://app.example' });
  vi.stubGlobal('document', document);
  return import('./referral.ts');
};

let requests: { url: string; init: RequestInit | undefined }[] = [];
const fetchOk = async (url: string, init?: RequestInit) => {
  requests.push({ url, init });
  return new Response('{"accepted":true}', { status: 202 });
};
beforeEach(() => {
  requests = [];
});
afterEach(() => vi.unstubAllGlobals());

it('captureReferral posts the code and the UTM parameters of the page once, with cookies', async () => {
  const { captureReferral } = await openPage('?referral=ada%2Dcode&utm_source=poster&other=1');
  const options = { url: 'https://api.example/', fetch: fetchOk };
  const codes = await Promise.all([captureReferral(options), captureReferral(options)]);
  expect(codes).toEqual(['ada-code', 'ada-code']);
  expect(await captureReferral(options)).toBe('ada-code');
  expect(requests).toHaveLength(1);
  expect(requests[0]?.url).toBe('https://api.example/api/referral-codes/ada-code/visit');
  expect(requests[0]?.init).toMatchObject({
    method: 'POST',
    credentials: 'include',
    body: '{"utm":{"utm_source":"poster"}}',
  });
});

it('captureReferral asks the page’s own origin by default, and cannot be led to another path', async () => {
  vi.stubGlobal('fetch', fetchOk);
  const { captureReferral } = await openPage('?referral=..%2F..%2Fother%3Fx');
  await captureReferral();
  expect(requests[0]?.url).toBe('https://app.example/api/referral-codes/..%2F..%2Fother%3Fx/visit');
});

it('captureReferral does nothing without a code or outside a browser', async () => {
  for (const search of ['', '?referral=', '?other=x']) {
    const { captureReferral } = await openPage(search);
    expect(await captureReferral({ fetch: fetchOk })).toBeNull();
  }
  vi.unstubAllGlobals();
  const { captureReferral } = await import('./referral.ts');
  expect(await captureReferral({ fetch: fetchOk })).toBeNull();
  expect(requests).toEqual([]);
});

it('captureReferral never throws, whatever the API answers', async () => {
  const { captureReferral } = await openPage('?referral=ada');
  const fail = async () => {
    throw new TypeError('fetch failed');
  };
  expect(await captureReferral({ fetch: fail })).toBe('ada');
  const { captureReferral: again } = await openPage('?referral=ada');
  expect(await again({ fetch: async () => new Response('', { status: 404 }) })).toBe('ada');
  const { captureReferral: wrong } = await openPage('?referral=ada');
  expect(await wrong({ url: 'not a url' })).toBe('ada');
});

it('captureReferral waits until a prerendered page is shown', async () => {
  const document = Object.assign(new EventTarget(), { prerendering: true });
  const { captureReferral } = await openPage('?referral=ada', document);
  const done = captureReferral({ fetch: fetchOk });
  await Promise.resolve();
  expect(requests).toEqual([]);
  document.dispatchEvent(new Event('prerenderingchange'));
  await done;
  expect(requests).toHaveLength(1);
});
