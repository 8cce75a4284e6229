import type { PublicBlock, PublicPage } from '@linkgrove/api';
import * as css from '../assets/public-page-style.ts';
import { Html, html as markup } from '../html.ts';
import {
  type Local,
  type RenderedBlock,
  renderBlock,
  renderSocialRow,
  listContentSources,
} from './blocks.ts';
import { renderGlyph } from './glyph.ts';
import { buildContentPolicy, renderShell } from './shell.ts';
import { resolveLook } from './theme.ts';

/** A page as it is sent. */
export type RenderedDocument = { html: string; policy: string };
export type Options = {
  /** For its owner, before it is published. */
  preview?: { ancestors: string };
};

/** The first letter or sign of a name, as people count them. */
const initial = (title: string): string =>
  [...new Intl.Segmenter().segment(title)]
    .map(({ segment }) => segment)
    .find((one) => /[\p{L}\p{N}\p{S}]/u.test(one))
    ?.toUpperCase() ?? '·';

const face = ({ avatarUrl, title }: PublicPage): Html =>
  avatarUrl === null
    ? markup`<div class="face" aria-hidden="true">${initial(title)}</div>`
    : markup`<img class="face" src="${avatarUrl}" alt="" width="96" height="96">`;

/** The row of profiles that stands under the name: the first one, unless it has a place of its own. */
const isHeadRow = (block: PublicBlock): block is Extract<PublicBlock, { type: 'social' }> =>
  block.type === 'social' && block.data !== null && block.layout === null;

const describe = ({ seo, bio, title }: PublicPage): string => seo.description ?? bio ?? `Links of ${title}`;

/** What search engines read; `<` is spelt so that no text can end the element. */
function structured(page: PublicPage): Html {
  const profiles = page.blocks.flatMap(({ data }) => (data && 'profiles' in data ? data.profiles : []));
  const person = {
    '@type': 'Person',
    name: page.title,
    alternateName: `@${page.handle}`,
    url: page.url,
    ...(page.bio !== null && { description: page.bio }),
    ...(page.avatarUrl !== null && { image: page.avatarUrl }),
    ...(profiles.length > 0 && { sameAs: profiles.map(({ url }) => url) }),
  };
  const document = {
    '@context': 'https://schema.org',
    '@type': 'ProfilePage',
    url: page.url,
    dateCreated: page.createdAt,
    dateModified: page.updatedAt,
    mainEntity: person,
  };
  const text = JSON.stringify(document).replaceAll('<', String.raw`\u003c`);
  return markup`<script type="application/ld+json">${new Html(text)}</script>`;
}

function headOf(page: PublicPage, look: ReturnType<typeof resolveLook>, isPreview: boolean): Html[] {
  const title = page.seo.title ?? page.title;
  const description = describe(page);
  const [frame] = look.frame;
  const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="16" fill="${frame?.color}"/></svg>`;
  const profiles = page.blocks.flatMap(({ data }) => (data && 'profiles' in data ? data.profiles : []));
  const tags: [string, string, string][] = [
    ['name', 'description', description],
    ['name', 'color-scheme', look.schemes.join(' ')],
    ...(page.seo.noindex || isPreview ? ([['name', 'robots', 'noindex']] as [string, string, string][]) : []),
    ['property', 'og:type', 'profile'],
    ['property', 'og:title', title],
    ['property', 'og:description', description],
    ['property', 'og:url', page.url],
    ['property', 'profile:username', page.handle],
    ...(page.avatarUrl === null
      ? []
      : ([['property', 'og:image', page.avatarUrl]] as [string, string, string][])),
    ['name', 'twitter:card', 'summary'],
  ];
  return [
    markup`<link rel="canonical" href="${page.url}">`,
    markup`<link rel="icon" href="${page.avatarUrl ?? `data:image/svg+xml,${encodeURIComponent(icon)}`}">`,
    ...look.frame.map(
      ({ scheme, color }) =>
        markup`<meta name="theme-color" content="${color}"${look.frame.length > 1 ? markup` media="(prefers-color-scheme:${scheme})"` : ''}>`,
    ),
    ...tags.map(
      ([kind, name, content]) =>
        new Html(`<meta ${kind}="${name}" `.concat(markup`content="${content}">`.text)),
    ),
    ...profiles.map(({ url }) => markup`<link rel="me" href="${url}">`),
    ...(isPreview ? [] : [structured(page)]),
  ];
}

/** Where blocks stand in the grid, on small and on wide screens. */
function placesOf(blocks: PublicBlock[]): string {
  const place = (key: 'desktop' | 'mobile') =>
    blocks
      .map(({ layout }, index) => {
        if (!layout?.[key]) return '';
        const [x, y, w, h] = layout[key];
        return `#b${index}{grid-area:${y + 1}/${x + 1}/span ${h}/span ${w}}`;
      })
      .join('');
  return `@media(max-width:47.99rem){${place('mobile')}}@media(min-width:48rem){${place('desktop')}}`;
}

const footer = (handle: string): Html =>
  markup`<footer><ul><li><a href="/@${handle}/qr.svg">${renderGlyph('qr')}QR code</a></li><li><a href="/@${handle}/contact.vcf">${renderGlyph('contact')}Save contact</a></li></ul></footer>`;

/** Renders a page as one HTML document that needs neither a script nor a second request. */
export function renderPublicPage(page: PublicPage, { preview }: Options = {}): RenderedDocument {
  const look = resolveLook(page.theme);
  const base = page.url.slice(0, -`/@${page.handle}`.length);
  const { origin } = new URL(base);
  const local: Local = (href) => (href?.startsWith(`${base}/go/`) ? href.slice(origin.length) : (href ?? ''));
  const headRow = page.blocks.find(isHeadRow);
  const blocks = page.blocks.filter((block) => block !== headRow);
  const row = headRow && renderSocialRow(headRow, local);
  const pieces: RenderedBlock[] = blocks.map((block) => renderBlock(block, local));
  const isGrid = blocks.some(({ layout }) => layout?.desktop ?? layout?.mobile);
  const styles = new Set([css.BASE_STYLE, ...[row, ...pieces].flatMap((piece) => piece?.styles ?? [])]);
  const style = [look.css, ...styles, ...(isGrid ? [css.GRID_STYLE, placesOf(blocks)] : [])].join('\n');
  const items = pieces.map(
    ({ html }, index) => markup`<li${isGrid ? markup` id="b${index}"` : ''}>${html}</li>`,
  );
  const bio = page.bio === null ? '' : markup`<p class="bio">${page.bio}</p>`;
  const list = items.length === 0 ? '' : markup`<ul class="blocks">${items}</ul>`;
  const body = markup`<main><header>${face(page)}<h1>${page.title}</h1><p class="name">@${page.handle}</p>${bio}${row?.html ?? ''}</header>${list}</main>${footer(page.handle)}`;
  return {
    html: renderShell({
      title: page.seo.title ?? `${page.title} (@${page.handle})`,
      head: headOf(page, look, Boolean(preview)),
      style,
      body,
    }),
    policy: buildContentPolicy(style, {
      ...listContentSources(page.blocks, page.avatarUrl),
      ...(preview && { ancestors: preview.ancestors }),
    }),
  };
}
