import { findLocale, formatMessage, type Locale, type PublicBlock, type PublicPage } from '@linkgrove/api';
import * as css from '../assets/public-page-style.ts';
import { Html, html as markup } from '../html.ts';
import { PICTURE_HEIGHT, PICTURE_WIDTH } from '../share-picture/picture.ts';
import { buildPictureUrl } from '../share-picture/share-pictures.ts';
import { listFrameSources, renderBackdrop } from './backdrop.ts';
import { type BlockContext, renderBlock, listContentSources } from './blocks/index.ts';
import { renderCustomStyle } from './custom-style.ts';
import { renderFontUse } from './fonts.ts';
import { renderGlyph } from './glyph.ts';
import { renderTop } from './header.ts';
import { listTrustedProfiles } from './profiles.ts';
import { renderEach, type ReportFailure } from './safe-rendering.ts';
import { buildContentPolicy, renderShell } from './shell.ts';
import { renderStructuredData } from './structured-data/index.ts';
import { type Look, resolveLook } from './theme.ts';
import { keepUsedRules } from './used-style.ts';

export type RenderedDocument = { html: string; policy: string };
type RenderOptions = {
  preview?: { ancestors: string };
  report?: ReportFailure;
  /** The start of the URLs of uploaded files. */
  filesUrl?: string;
  /** The part of the page that everyone sees, if that is not all. */
  common?: PublicPage | undefined;
  /** Behind its password: nothing of it is for other sites. */
  isUnlocked?: boolean | undefined;
};
const ignoreFailure: ReportFailure = () => {};

const renderBadge = ({ verified }: PublicPage, { messages }: Locale): Html | '' =>
  verified
    ? markup` <span class="verified" role="img" aria-label="${messages.verified}">${renderGlyph('verified')}</span>`
    : '';

const isHeaderRow = (block: PublicBlock): boolean =>
  block.type === 'social' && block.data !== null && block.layout === null && block.parentId === null;

/** Search engines and link previews show no more. */
const MAX_SNIPPET_LENGTH = 160;

function shortenText(text: string): string {
  const letters = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  if (letters.length <= MAX_SNIPPET_LENGTH) return text;
  return `${letters
    .slice(0, MAX_SNIPPET_LENGTH - 1)
    .join('')
    .trimEnd()}…`;
}

const getDescription = ({ seo, bio, title }: PublicPage, locale: Locale): string =>
  seo.description ??
  (bio === null ? formatMessage(locale, locale.messages.linksOf, { name: title }) : shortenText(bio));

type MetaTag = [kind: string, name: string, content: string];

const listPictureTags = (page: PublicPage): MetaTag[] => [
  ['property', 'og:image', buildPictureUrl(page)],
  ['property', 'og:image:width', String(PICTURE_WIDTH)],
  ['property', 'og:image:height', String(PICTURE_HEIGHT)],
  ['property', 'og:image:alt', `${page.title} (@${page.handle})`],
  ['name', 'twitter:card', 'summary_large_image'],
];

/** Reduces the page for other sites: of the blocks that the visitor sees, it keeps what everyone sees. */
function describeToOthers(page: PublicPage, common: PublicPage | undefined): PublicPage {
  if (!common) return page;
  const shown = new Set(page.blocks.map(({ id }) => id));
  return { ...page, blocks: common.blocks.filter(({ id }) => shown.has(id)) };
}

/** Longer pages are lighter without the host of each link, which only paper shows. */
const MAX_PRINTED_HOSTS = 30;

type HeadOptions = { locale: Locale; look: Look; common: PublicPage | undefined; isPrivate: boolean };

function renderHead(page: PublicPage, { locale, look, common, isPrivate }: HeadOptions): Html[] {
  const title = page.seo.title ?? page.title;
  const description = getDescription(page, locale);
  const [frame] = look.frame;
  const icon = new Html(
    `data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 2 2'%3E%3Ccircle cx='1' cy='1' r='1' fill='%23${frame?.color.slice(1)}'/%3E%3C/svg%3E`,
  );
  const described = describeToOthers(page, common);
  const profiles = described.blocks.flatMap(listTrustedProfiles);
  const tags: MetaTag[] = [
    ['name', 'description', description],
    ['name', 'color-scheme', look.schemes.join(' ')],
    ...(page.seo.noindex || isPrivate ? ([['name', 'robots', 'noindex']] as MetaTag[]) : []),
    ['property', 'og:type', 'profile'],
    ['property', 'og:title', title],
    ['property', 'og:description', description],
    ['property', 'og:url', page.url],
    ['property', 'profile:username', page.handle],
    ...(isPrivate ? [] : listPictureTags(page)),
  ];
  return [
    markup`<link rel="canonical" href="${page.url}">`,
    markup`<link rel="icon" href="${page.avatarUrl ?? icon}">`,
    ...look.frame.map(
      ({ scheme, color }) =>
        markup`<meta name="theme-color" content="${color}"${look.frame.length > 1 ? markup` media="(prefers-color-scheme:${scheme})"` : ''}>`,
    ),
    ...tags.map(
      ([kind, name, content]) =>
        new Html(`<meta ${kind}="${name}" `.concat(markup`content="${content}">`.text)),
    ),
    ...profiles.map(({ url }) => markup`<link rel="me" href="${url}">`),
    ...(isPrivate ? [] : [renderStructuredData(described)]),
  ];
}

function renderGridAreas(blocks: PublicBlock[]): string {
  const renderAreas = (key: 'desktop' | 'mobile') =>
    blocks
      .map(({ layout }, index) => {
        if (!layout?.[key]) return '';
        const [x, y, w, h] = layout[key];
        return `#b${index}{grid-area:${y + 1}/${x + 1}/span ${h}/span ${w}}`;
      })
      .join('');
  return `@media(max-width:47.99rem){${renderAreas('mobile')}}@media(min-width:48rem){${renderAreas('desktop')}}`;
}

const FOOTER_LINKS = [
  ['share', 'share', 'share'],
  ['qr.svg', 'qr', 'qrCode'],
  ['contact.vcf', 'contact', 'saveContact'],
  ['report', 'report', 'report'],
] as const;

/** In a page of a language without translations, the words are marked as English. */
function renderFooter(
  path: string,
  locale: Locale,
  { language, madeWith, control }: Pick<PublicPage, 'language' | 'madeWith'> & { control: Html | '' },
): Html {
  const { tag, direction, messages } = locale;
  const attributes = markup` lang="${tag}" dir="${direction}"`;
  const isForeign = new Intl.Locale(tag).language !== new Intl.Locale(language).language;
  const items = FOOTER_LINKS.map(
    ([file, glyph, message]) =>
      markup`<li><a href="${path}/${file}"${file === 'report' ? markup` rel="nofollow"` : ''}>${renderGlyph(glyph)}${messages[message]}</a></li>`,
  );
  const made =
    madeWith &&
    markup`<p><a href="${madeWith.url}" rel="nofollow">${formatMessage(locale, messages.madeWith, { product: madeWith.product })}</a></p>`;
  return markup`<footer${isForeign ? attributes : ''}><ul>${items}</ul>${control}${made ?? ''}</footer>`;
}

type PolicyOptions = {
  custom: { images: string[] };
  fonts: { sources: string[] };
  preview: RenderOptions['preview'];
};

function buildPagePolicy(page: PublicPage, style: string, { custom, fonts, preview }: PolicyOptions): string {
  const [sources, frame] = [listContentSources(page.blocks), listFrameSources(page)];
  return buildContentPolicy(style, {
    ...sources,
    images: [...new Set([...frame.images, ...sources.images, ...custom.images])],
    media: [...new Set([...frame.media, ...(sources.media ?? [])])],
    fonts: fonts.sources,
    ...(preview && { ancestors: preview.ancestors }),
  });
}

export function renderPublicPage(
  given: PublicPage,
  { preview, report = ignoreFailure, filesUrl = '', common, isUnlocked = false }: RenderOptions = {},
): RenderedDocument {
  const look = resolveLook(given.theme);
  // Without the handle's path, which the page has unless it is on a domain of its own.
  const base = given.url.replace(/\/(?:@[^/]*)?$/, '');
  const { origin, pathname } = new URL(base);
  const locale = findLocale(given.language);
  const childrenOf = Map.groupBy(given.blocks, ({ parentId }) => parentId);
  const context: BlockContext = {
    locale,
    language: given.language,
    pageHost: new URL(base).hostname,
    isLong: given.blocks.length > MAX_PRINTED_HOSTS,
    localizeHref: (href) => (href?.startsWith(`${base}/go/`) ? href.slice(origin.length) : (href ?? '')),
    renderChildren: (groupId) => renderSafely(childrenOf.get(groupId) ?? []).map(({ piece }) => piece),
  };
  const renderSafely = (blocks: PublicBlock[]) =>
    renderEach(blocks, report, (block) => {
      // Whatever else is made of a block must not throw later.
      listContentSources([block]);
      renderGridAreas([block]);
      return { block, piece: renderBlock(block, context) };
    });
  const rendered = renderSafely(childrenOf.get(null) ?? []);
  const shown = new Set(rendered.map(({ block }) => block.id));
  const page = {
    ...given,
    blocks: given.blocks.filter(({ id, parentId }) => shown.has(parentId ?? id)),
  };
  const headerRow = rendered.find(({ block }) => isHeaderRow(block));
  const row = headerRow?.piece;
  const listed = rendered.filter((one) => one !== headerRow);
  const blocks = listed.map(({ block }) => block);
  const pieces = listed.map(({ piece }) => piece);
  const isGrid = blocks.some(({ layout }) => layout?.desktop ?? layout?.mobile);
  // Custom CSS has a box around it, which would scroll with what is fixed in it.
  const top = renderTop(page, look, !isGrid && page.theme.customCss === null);
  const backdrop = renderBackdrop(page, locale.messages.stopBackground);
  const styles = new Set([
    css.BASE_STYLE,
    ...top.styles,
    ...backdrop.styles,
    ...(page.avatarUrl === null ? [] : [css.BROKEN_IMAGE_STYLE]),
    ...(page.verified ? [css.VERIFIED_STYLE] : []),
    ...[row, ...pieces].flatMap((piece) => piece?.styles ?? []),
  ]);
  const script = [
    ...(page.direction === 'rtl' ? [css.JOINED_LETTERS_STYLE] : []),
    ...(locale.tag === 'ja' ? [css.JAPANESE_STYLE] : []),
  ];
  const custom = renderCustomStyle(page, filesUrl);
  const grid = isGrid ? [css.GRID_STYLE, renderGridAreas(blocks)] : [];
  const items = pieces.map(
    ({ html }, index) => markup`<li${isGrid ? markup` id="b${index}"` : ''}>${html}</li>`,
  );
  const bio = page.bio === null ? '' : markup`<p class="bio" dir="auto">${page.bio}</p>`;
  const list =
    items.length === 0 ? '' : markup`<ul class="${isGrid ? 'blocks grid' : 'blocks'}">${items}</ul>`;
  const content = markup`${top.band}<main><header>${top.face}<h1 dir="auto">${page.title}${renderBadge(page, locale)}</h1><p class="name"><bdi>@${page.handle}</bdi></p>${bio}${row?.html ?? ''}</header>${list}</main>`;
  const body = markup`${backdrop.html}${custom.wrap(content)}${renderFooter(page.url.slice(origin.length).replace(/\/$/, ''), locale, { language: page.language, madeWith: page.madeWith, control: backdrop.control })}`;
  const fonts = renderFontUse(look.font, { root: pathname.replace(/\/$/, ''), text: body.text });
  const rules = keepUsedRules([...styles, ...grid, look.finish, ...script].join('\n'), body.text);
  const style = [fonts.style, look.css, rules, ...custom.styles].join('\n').replace(/\}\n+/g, '}');
  return {
    html: renderShell({
      language: page.language,
      title: page.seo.title ?? `${page.title} (@${page.handle})`,
      head: [
        ...fonts.head,
        ...renderHead(page, { locale, look, common, isPrivate: isUnlocked || preview !== undefined }),
      ],
      style,
      body,
    }),
    policy: buildPagePolicy(page, style, { custom, fonts, preview }),
  };
}
