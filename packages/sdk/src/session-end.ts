import { isBrowserPage, readPage } from './browser.ts';
import type { SessionEndReason } from './session.ts';

/** Set by the API on its own host beside the session's cookies, and readable by scripts. */
export const SESSION_MARKER = 'linkgrove_session';

export type OnSessionEnd = (reason: SessionEndReason) => void;

/**
 * Returns a function that reports the end of a session to the app and, where pages share the session, the other tabs.
 */
export function createSessionEndNotice(
  url: string,
  isShared: boolean,
  onSessionEnd: OnSessionEnd | undefined,
): OnSessionEnd {
  // A throwing callback must fail neither the call that noticed the end nor the next one.
  const notify = (reason: SessionEndReason) =>
    onSessionEnd && void Promise.resolve().then(() => onSessionEnd(reason));
  const { BroadcastChannel } = readPage();
  if (!isShared || !isBrowserPage() || !BroadcastChannel) return notify;
  const name = `linkgrove session ${url}`;
  const own = onSessionEnd && new BroadcastChannel(name);
  own?.addEventListener('message', (event) => {
    notify('data' in event && event.data === 'expired' ? 'expired' : 'signed-out');
  });
  return (reason) => {
    notify(reason);
    const channel = own ?? new BroadcastChannel(name);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has one origin
    channel.postMessage(reason);
    if (channel !== own) channel.close();
  };
}

/** The marker is set on the API's host, so only a page of that host can tell that it is missing. */
function isMarkerReadable(url: string): boolean {
  const { location, document } = readPage();
  if (!isBrowserPage() || !location || typeof document?.cookie !== 'string') return false;
  return new URL(url, location.href).hostname === location.hostname;
}

export const isMarkerMissing = (url: string): boolean =>
  isMarkerReadable(url) &&
  !(readPage().document?.cookie ?? '').split('; ').some((pair) => pair.startsWith(`${SESSION_MARKER}=`));

export function clearMarker(url: string): void {
  const { document } = readPage();
  if (document && isMarkerReadable(url)) document.cookie = `${SESSION_MARKER}=; Max-Age=0; Path=/`;
}
