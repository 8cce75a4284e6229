import { readHost } from '@linkgrove/api';
import * as css from '../../assets/public-page-style.ts';
import { html as markup } from '../../html.ts';
import { type GlyphName, renderGlyph } from '../glyph.ts';
import type { BlockContext, BlockOf, RenderedBlock } from './shared.ts';

const PLATFORM_NAMES: Partial<Record<GlyphName, string>> = {
  'apple-music': 'Apple Music',
  'apple-podcasts': 'Apple Podcasts',
  github: 'GitHub',
  'ko-fi': 'Ko-fi',
  line: 'LINE',
  linkedin: 'LinkedIn',
  soundcloud: 'SoundCloud',
  tiktok: 'TikTok',
  whatsapp: 'WhatsApp',
  youtube: 'YouTube',
};
export const getPlatformName = (platform: GlyphName): string =>
  PLATFORM_NAMES[platform] ?? `${platform.charAt(0).toUpperCase()}${platform.slice(1)}`;

export function renderSocialRow(
  { title, data, suspicious }: BlockOf<'social'>,
  { locale, localizeHref }: BlockContext,
): RenderedBlock {
  const items = (data?.profiles ?? []).map(({ platform, url, href }) => {
    const label = platform === 'website' ? readHost(url) : getPlatformName(platform);
    return markup`<li><a href="${localizeHref(href)}" rel="${suspicious ? 'nofollow ugc noopener' : 'me noopener'}" aria-label="${label}">${renderGlyph(platform)}</a></li>`;
  });
  return {
    html: markup`<ul class="social" aria-label="${title ?? locale.messages.profiles}">${items}</ul>`,
    styles: [css.SOCIAL_STYLE],
  };
}
