import { type App, formatMessage, negotiateLocale } from '@linkgrove/api';
import { html as markup } from '../html.ts';
import { renderNotice } from './notice.ts';

export function renderFreeName({ config }: App, acceptLanguage: string | undefined, handle: string) {
  const locale = negotiateLocale(acceptLanguage);
  const href = `${config.appUrl}/register?username=${encodeURIComponent(handle)}`;
  return renderNotice(locale.tag, {
    symbol: '+',
    title: locale.messages.notFoundTitle,
    text: formatMessage(locale, locale.messages.nameAvailable, { handle: `@${handle}` }),
    body: markup`<p class="actions"><a class="button" href="${href}" rel="nofollow">${locale.messages.claimName}</a><a class="button" href="${config.appUrl}/">${locale.messages.goHome}</a></p>`,
  });
}
