import type { Locale, TakedownReason } from '@linkgrove/api';
import { createLocalizedNotice } from './notice.ts';
import type { RenderedDocument } from './page.ts';

const describeSuspended = ({ messages }: Locale) => ({
  symbol: '!',
  title: messages.suspendedTitle,
  text: messages.suspendedText,
});
const describeLegal = ({ messages }: Locale) => ({
  symbol: '§',
  title: messages.legalTitle,
  text: messages.legalText,
});

export type RenderTakedown = (reason: TakedownReason, acceptLanguage: string | undefined) => RenderedDocument;

/** Visitors learn whether a legal order was the cause, and nothing else. */
export function createTakedownNotice(homeUrl: string): RenderTakedown {
  const renderSuspended = createLocalizedNotice(homeUrl, describeSuspended);
  const renderLegal = createLocalizedNotice(homeUrl, describeLegal);
  return (reason, acceptLanguage) => (reason === 'legal' ? renderLegal : renderSuspended)(acceptLanguage);
}

/** RFC 7725 asks who withholds the page. */
export const buildTakedownHeaders = (homeUrl: string): Record<string, string> => ({
  link: `<${homeUrl}>; rel="blocked-by"`,
});
