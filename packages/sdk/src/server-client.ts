import { type CommonOptions, connectClient, type LinkgroveClient } from './client.ts';
import { createServerCookieJar, type ServerCookies, toServerCookies } from './server-cookies.ts';
import type { Renewal } from './session.ts';

export type ServerClientOptions = CommonOptions &
  (
    | { cookies: ServerCookies }
    | {
        /** The `Cookie` header of the visitor's request. */
        cookie: string | null | undefined;
        /** Takes each `Set-Cookie` line for the response. Without it the client never refreshes. */
        onSetCookie?: ((line: string) => unknown) | undefined;
      }
  );

/**
 * Acts for one visitor of a server that renders pages: make one per request. Sends the API's cookies, and hands on
 * the new ones that the API sets, so that the visitor stays signed in. The page and the API must share a host name.
 */
export function createServerClient(options: ServerClientOptions): LinkgroveClient {
  const cookies =
    'cookies' in options ? options.cookies : toServerCookies(options.cookie, options.onSetCookie);
  const jar = createServerCookieJar(cookies);
  const checkRenewal = async (): Promise<Renewal> => {
    if (!(await jar.hasRefreshToken())) return 'pointless';
    return (await jar.canStore()) ? 'possible' : 'read-only';
  };
  return connectClient(
    options,
    { kind: 'cookie', jar },
    { store: undefined, checkRenewal, onRefusal: jar.clearMarker, onEnd: () => {} },
  );
}
