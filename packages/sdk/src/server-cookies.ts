import { SESSION_MARKER } from './session-end.ts';
import { runAppCode } from './store.ts';
import type { CookieJar } from './transport.ts';

export type ServerCookieOptions = {
  path: string;
  maxAge: number;
  httpOnly: boolean;
  secure: boolean;
  sameSite: 'lax';
};

type Got = string | { value: string } | null | undefined;

/** The cookies of one visitor. The objects of SvelteKit, Astro and Next.js (`await cookies()`) fit as they are. */
export type ServerCookies = {
  get(name: string): Got | Promise<Got>;
  /** Sends a cookie to the visitor. Without it, or where it throws, the client never refreshes. */
  set?(name: string, value: string, options: ServerCookieOptions): unknown;
};

export type ServerCookieJar = CookieJar & {
  /** Whether `set` works now; Next.js, for one, lets no component set a cookie while it renders. */
  canStore: () => Promise<boolean>;
  /** Tells the visitor's scripts that there is no session. */
  clearMarker: () => Promise<void>;
  hasRefreshToken: () => Promise<boolean>;
};

const MARKER_SECONDS = 30 * 86_400;
const HOST_PREFIX = '__Host-';
const REFRESH_COOKIES = [`${HOST_PREFIX}refresh_token`, 'refresh_token'];
/** No other cookie of the visitor is sent to the API, and none of a proxy in front of it is handed on. */
const API_COOKIES = ['access_token', 'refresh_token', 'device', 'referral'].flatMap((name) => [
  HOST_PREFIX + name,
  name,
]);
const HANDED_ON = new Set([...API_COOKIES, SESSION_MARKER]);

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** Parses a `Set-Cookie` line (RFC 6265 §5.2). */
function parseLine(line: string): { name: string; value: string; options: ServerCookieOptions } {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
  const split = pair.indexOf('=');
  const find = (name: string) =>
    attributes.find((attribute) => attribute.toLowerCase().split('=', 1)[0] === name);
  return {
    name: pair.slice(0, split),
    value: decode(pair.slice(split + 1)),
    options: {
      path: '/',
      maxAge: Number(find('max-age')?.split('=')[1] ?? 0),
      httpOnly: find('httponly') !== undefined,
      secure: find('secure') !== undefined,
      sameSite: 'lax',
    },
  };
}

function toLine(name: string, value: string, { maxAge, httpOnly, secure }: ServerCookieOptions): string {
  const flags = `${httpOnly ? '; HttpOnly' : ''}${secure ? '; Secure' : ''}`;
  return `${name}=${encodeURIComponent(value)}; Max-Age=${maxAge}; Path=/${flags}; SameSite=Lax`;
}

/** Wraps a `Cookie` header and a function that takes `Set-Cookie` lines. */
export function toServerCookies(
  header: string | null | undefined,
  onSetCookie: ((line: string) => unknown) | undefined,
): ServerCookies {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim().split('='));
  const values = new Map(pairs.map(([name = '', ...rest]) => [name, decode(rest.join('='))]));
  return {
    get: (name) => values.get(name),
    ...(onSetCookie && { set: (name, value, options) => onSetCookie(toLine(name, value, options)) }),
  };
}

export function createServerCookieJar(cookies: ServerCookies): ServerCookieJar {
  const changed = new Map<string, string>();
  const read = async (name: string): Promise<string> => {
    const got = changed.get(name) ?? (await runAppCode(() => cookies.get(name)));
    return (typeof got === 'object' ? got?.value : got) ?? '';
  };
  const setMarker = async (value: string, maxAge: number): Promise<void> => {
    const secure = (await read(`${HOST_PREFIX}refresh_token`)) !== '';
    const options = { path: '/', maxAge, httpOnly: false, secure, sameSite: 'lax' } as const;
    await cookies.set?.(SESSION_MARKER, value, options);
  };
  return {
    readHeader: async () => {
      const pairs = await Promise.all(API_COOKIES.map(async (name) => ({ name, value: await read(name) })));
      const sent = pairs.filter(({ value }) => value !== '');
      return sent.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`).join('; ');
    },
    storeLines: async (lines) => {
      for (const { name, value, options } of lines.map(parseLine)) {
        if (!HANDED_ON.has(name)) continue;
        changed.set(name, value);
        await runAppCode(() => cookies.set?.(name, value, options));
      }
    },
    canStore: async () => {
      if (!cookies.set) return false;
      try {
        await setMarker('1', MARKER_SECONDS);
        return true;
      } catch {
        return false;
      }
    },
    clearMarker: () => runAppCode(() => setMarker('', 0)),
    hasRefreshToken: async () => (await Promise.all(REFRESH_COOKIES.map(read))).some((value) => value !== ''),
  };
}
