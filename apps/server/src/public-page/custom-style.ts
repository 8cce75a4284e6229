import { createFileUrlCheck, type PublicPage, SCOPE_CLASS, scopeCss } from '@linkgrove/api';
import { type Html, html as markup } from '../html.ts';

// Nothing inside of the stage can be seen or clicked outside of it, so that the links below stay reachable. Important
// rules of a layer win over important rules without one.
const GUARD = `.stage{flex:1;display:flex;flex-direction:column;contain:layout paint}
.${SCOPE_CLASS}{flex:1}
.stage .box{align-items:start}
@layer calm{@media(prefers-reduced-motion:reduce){.${SCOPE_CLASS},.${SCOPE_CLASS} *{animation:none!important;transition:none!important}}}
`;

// Shades of the theme would be unreadable where its owner chose another background, so all text follows its parent.
const FOLLOW = `.${SCOPE_CLASS}{--text:currentColor;--muted:currentColor;--sub:currentColor;--link:currentColor}
`;

export type CustomStyle = { styles: string[]; images: string[]; wrap: (content: Html) => Html };

const NO_STYLE: CustomStyle = { styles: [], images: [], wrap: (content) => content };

/** CSS that was valid when it was stored and is no longer, is left out. */
export function renderCustomStyle({ theme }: PublicPage, filesUrl: string): CustomStyle {
  if (theme.customCss === null) return NO_STYLE;
  const { css } = scopeCss(theme.customCss, createFileUrlCheck(filesUrl));
  if (css === '') return NO_STYLE;
  return {
    styles: [FOLLOW, css, GUARD],
    images: css.includes('url(') ? [`${filesUrl}/`] : [],
    wrap: (content) => markup`<div class="stage"><div class="${SCOPE_CLASS}">${content}</div></div>`,
  };
}
