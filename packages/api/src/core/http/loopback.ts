const LOOPBACK = /^(?:(?:[\w-]+\.)*localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|\[::1\])\.?$/i;

/** RFC 6761, 6.3. IPv6 may have brackets. */
export const isLoopbackHost = (host: string): boolean => LOOPBACK.test(host);

/** Against DNS rebinding: a page whose own name was bound to a loopback address sends its own name. */
export function isLoopbackHostHeader(header: string | undefined): boolean {
  const url = `http://${header}`;
  if (header === undefined || !/^[\w.:[\]-]+$/.test(header) || !URL.canParse(url)) return false;
  return isLoopbackHost(new URL(url).hostname);
}
