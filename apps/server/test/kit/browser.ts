import { call, type Answer } from './client.ts';

type Jar = Map<string, string>;

export type Browser = {
  /** Follows redirects until the browser leaves the given hosts. Returns the URL that it is sent to at last. */
  open: (url: string) => Promise<URL>;
  /** The next step only. */
  step: (url: string, init?: RequestInit) => Promise<{ status: number; location: string; body: string }>;
  call: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
  jar: (url: string) => Jar;
};

const MAX_STEPS = 12;

/**
 * A browser with a cookie jar for each origin. `publicUrl` is the address that the server believes to have, `url` the
 * one that it has.
 */
export function openBrowser({ publicUrl, url: serverUrl }: { publicUrl: string; url: string }): Browser {
  const jars = new Map<string, Jar>();
  const jar = (url: string): Jar => {
    const { origin } = new URL(url);
    const known = jars.get(origin) ?? new Map<string, string>();
    jars.set(origin, known);
    return known;
  };
  const writeCookies = (url: string) => [...jar(url)].map(([name, value]) => `${name}=${value}`).join('; ');
  const keepCookies = (url: string, headers: Headers) => {
    for (const line of headers.getSetCookie()) {
      const [pair = ''] = line.split(';', 1);
      const name = pair.slice(0, pair.indexOf('='));
      const value = pair.slice(name.length + 1);
      if (value === '' || /max-age=0/i.test(line)) jar(url).delete(name);
      else jar(url).set(name, value);
    }
  };
  const toReal = (url: string) =>
    url.startsWith(publicUrl) ? `${serverUrl}${url.slice(publicUrl.length)}` : url;

  const step: Browser['step'] = async (address, init = {}) => {
    const url = toReal(address);
    const headers = { cookie: writeCookies(url), ...(init.headers as Record<string, string> | undefined) };
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    keepCookies(url, response.headers);
    const location = response.headers.get('location');
    return {
      status: response.status,
      location: location === null ? '' : new URL(location, url).href,
      body: await response.text(),
    };
  };

  return {
    jar,
    step,
    open: async (first) => {
      let url = first;
      for (let count = 0; count < MAX_STEPS; count += 1) {
        const { location, status, body } = await step(url);
        if (location === '') throw new Error(`${url} answered ${status}: ${body.slice(0, 300)}`);
        url = location;
        if (!/^http:\/\/(127\.0\.0\.1|localhost)[:/]/.test(url)) return new URL(url);
      }
      throw new Error(`Too many redirects, the last to ${url}`);
    },
    call: async (method, path, body, headers = {}) => {
      const answer = await call(serverUrl, method, path, {
        body,
        headers: { cookie: writeCookies(serverUrl), ...headers },
      });
      keepCookies(serverUrl, answer.headers);
      return answer;
    },
  };
}
