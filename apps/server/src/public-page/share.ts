import { findLocale, type PublicPage } from '@linkgrove/api';
import * as css from '../assets/public-page-style.ts';
import { html as markup } from '../html.ts';
import { getPlatformName } from './blocks/social.ts';
import { renderFontUse } from './fonts.ts';
import { type GlyphName, renderGlyph } from './glyph.ts';
import type { RenderedDocument } from './page.ts';
import { buildContentPolicy, renderShell } from './shell.ts';
import { resolveLook } from './theme.ts';

type BuildUrl = (url: string, text: string) => string;
const TARGETS: [GlyphName, BuildUrl][] = [
  ['whatsapp', (url, text) => `https://wa.me/?text=${text}%20${url}`],
  ['telegram', (url, text) => `https://t.me/share/url?url=${url}&text=${text}`],
  ['facebook', (url) => `https://www.facebook.com/sharer/sharer.php?u=${url}`],
  ['linkedin', (url) => `https://www.linkedin.com/sharing/share-offsite/?url=${url}`],
  ['x', (url, text) => `https://x.com/intent/post?url=${url}&text=${text}`],
  ['email', (url, text) => `mailto:?subject=${text}&body=${url}`],
];

export function renderSharePage(page: PublicPage): RenderedDocument {
  const look = resolveLook(page.theme);
  const { messages } = findLocale(page.language);
  const path = new URL(page.url).pathname.replace(/\/$/, '');
  const [url, text] = [encodeURIComponent(page.url), encodeURIComponent(page.title)];
  const buttons = TARGETS.map(([target, buildUrl]) => {
    return markup`<li><a class="button with" href="${buildUrl(url, text)}" rel="nofollow noopener">${renderGlyph(target)}<span>${target === 'email' ? messages.email : getPlatformName(target)}</span></a></li>`;
  });
  const body = markup`<main><header><h1 dir="auto">${page.title}</h1></header><p class="address" dir="ltr">${page.url}</p><img class="code" src="${path}/qr.svg" alt="${messages.qrCode}" width="240" height="240"><ul class="targets">${buttons}</ul></main><footer><ul><li><a href="${path || '/'}">${messages.backToPage}</a></li></ul></footer>`;
  const fonts = renderFontUse(look.font, { root: path.replace(/\/@[^/]*$/, ''), text: body.text });
  const style = [
    fonts.style,
    look.css,
    css.BASE_STYLE,
    css.BUTTON_STYLE,
    css.THUMBNAIL_STYLE,
    css.SHARE_STYLE,
    look.finish,
  ].join('\n');
  return {
    html: renderShell({
      language: page.language,
      title: `${messages.share} · ${page.title}`,
      head: [
        ...fonts.head,
        markup`<meta name="robots" content="noindex"><meta name="color-scheme" content="${look.schemes.join(' ')}">`,
      ],
      style,
      body,
    }),
    policy: buildContentPolicy(style, { images: ["'self'"], frames: [], fonts: fonts.sources }),
  };
}
