import { readHost } from '@linkgrove/api';
import { GLYPHS } from '../../assets/glyphs.ts';
import { html as markup } from '../../html.ts';
import { type GlyphName, renderGlyph } from '../glyph.ts';
import {
  type BlockContext,
  CARD_STYLE,
  listThumbnailStyles,
  type OpenBlockOf,
  type RenderedBlock,
  renderHeading,
  renderThumbnail,
} from './shared.ts';

const STYLE = `.release{display:flex;gap:1rem;align-items:center}
.release img{width:6rem;height:6rem;border-radius:calc(var(--corner)*.6);object-fit:cover;flex:none}
.release h2{margin:0}
.release small{font-size:.875rem}
`;

type Service = OpenBlockOf<'music'>['data']['services'][number]['service'];

const NAMES: Record<Service, string> = {
  spotify: 'Spotify',
  'apple-music': 'Apple Music',
  'youtube-music': 'YouTube Music',
  'amazon-music': 'Amazon Music',
  deezer: 'Deezer',
  tidal: 'TIDAL',
  soundcloud: 'SoundCloud',
  bandcamp: 'Bandcamp',
  qobuz: 'Qobuz',
  audiomack: 'Audiomack',
  beatport: 'Beatport',
  'line-music': 'LINE MUSIC',
  anghami: 'Anghami',
  other: '',
};

const isGlyph = (name: string): name is GlyphName => Object.hasOwn(GLYPHS, name);

export function renderMusic(block: OpenBlockOf<'music'>, { localizeHref }: BlockContext): RenderedBlock {
  const { title, data } = block;
  const cover = renderThumbnail(block, 96);
  const artist = data.artist === null ? '' : markup`<small dir="auto">${data.artist}</small>`;
  const links = data.services.map(({ service, url, href }) => {
    const glyph = isGlyph(service) ? renderGlyph(service) : '';
    return markup`<li><a class="chip" href="${localizeHref(href)}" rel="nofollow ugc noopener">${glyph}${NAMES[service] || readHost(url)}</a></li>`;
  });
  return {
    html: markup`<div class="card"><div class="release">${cover}<div>${renderHeading(title ?? '')}${artist}</div></div><ul class="chips">${links}</ul></div>`,
    styles: [CARD_STYLE, STYLE, ...listThumbnailStyles(block)],
  };
}
