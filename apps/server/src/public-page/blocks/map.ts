import { html as markup } from '../../html.ts';
import { type BlockContext, CARD_STYLE, type OpenBlockOf, type RenderedBlock } from './shared.ts';

const STYLE = `.map{display:block;overflow:hidden;padding:0;text-decoration:none}
.map svg{width:100%;height:auto;aspect-ratio:10/3;fill:none;stroke:color-mix(in srgb,var(--on-card) 22%,var(--card));stroke-width:6}
.map svg .water{fill:color-mix(in srgb,var(--accent) 20%,var(--card));stroke:none}
.map svg .pin{fill:var(--accent);stroke:var(--card);stroke-width:2}
.map span{display:block;padding:.75rem 1.25rem 1rem}
.map strong,.map small{display:block}
.map small{font-size:.875rem}
.map u{display:block;margin-top:.375rem;color:var(--link);font-size:.875rem}
`;

/** Bends the streets by the place, so that two maps of a page differ. */
const pick = (degrees: number, size: number): number => Math.abs(Math.round(degrees * 1_000)) % size;

/** A drawing instead of tiles of a map service, which would learn of every visitor. */
function drawStreets(latitude: number, longitude: number) {
  const [a, b, c] = [pick(latitude, 60), pick(longitude, 80), pick(latitude + longitude, 50)];
  return markup`<svg viewBox="0 0 400 120" preserveAspectRatio="xMidYMid slice" aria-hidden="true"><path class="water" d="M0 ${80 + c / 2}Q90 ${60 + a / 2} 180 ${105 - c / 4}T400 ${95 + a / 4}V120H0Z"/><path d="M${20 + a}-5 ${60 + b} 130M${150 + b}-5 ${190 - a / 2} 130M${300 + c}-5 ${270 + a} 130M-5 ${20 + c / 2} 410 ${45 - a / 4}M-5 ${60 + a / 3} 410 ${78 - c / 3}"/><path class="pin" d="M200 66c-14-18-20-25-20-34a20 20 0 0 1 40 0c0 9-6 16-20 34Zm0-27a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z" fill-rule="evenodd"/></svg>`;
}

export function renderMap(
  { title, data }: OpenBlockOf<'map'>,
  { locale, localizeHref }: BlockContext,
): RenderedBlock {
  const { latitude, longitude, address } = data;
  const name = title === null ? '' : markup`<strong dir="auto">${title}</strong>`;
  const place = address ?? `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  return {
    html: markup`<a class="card map" href="${localizeHref(data.href)}" rel="nofollow ugc noopener">${drawStreets(latitude, longitude)}<span>${name}<small dir="auto">${place}</small><u>${locale.messages.openMap}</u></span></a>`,
    styles: [CARD_STYLE, STYLE],
  };
}
