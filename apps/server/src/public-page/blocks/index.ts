import { formatMessage, type Locale, type PublicBlock, type PublicPicture } from '@linkgrove/api';
import { renderGlyph } from '../glyph.ts';
import type { Sources } from '../shell.ts';
import { renderContact } from './contact.ts';
import { renderCountdown } from './countdown.ts';
import { renderDivider } from './divider.ts';
import { renderEmbed } from './embed.ts';
import { renderEvent } from './event.ts';
import { renderFaq } from './faq.ts';
import { isForm, renderForm } from './form.ts';
import { renderGallery } from './gallery.ts';
import { renderAudio, renderFile, renderVideo } from './media.ts';
import { findFileSource } from './picture.ts';
import { renderGroup } from './group.ts';
import { renderHeadingBlock } from './heading.ts';
import { renderHours } from './hours.ts';
import { renderImage } from './image.ts';
import { renderLink } from './link.ts';
import { renderMap } from './map.ts';
import { renderMenu } from './menu.ts';
import { renderMusic } from './music.ts';
import { renderProduct } from './product.ts';
import { renderReferral } from './referral.ts';
import { type BlockContext, type OpenBlockOf, renderButton, type RenderedBlock } from './shared.ts';
import { renderSocialRow } from './social.ts';
import { renderSupport } from './support.ts';
import { renderText } from './text.ts';

export type { BlockContext, RenderedBlock } from './shared.ts';

type Renderers = {
  [T in PublicBlock['type']]: (block: OpenBlockOf<T>, context: BlockContext) => RenderedBlock;
};

const RENDERERS: Renderers = {
  link: renderLink,
  heading: renderHeadingBlock,
  text: renderText,
  image: renderImage,
  embed: renderEmbed,
  social: renderSocialRow,
  email: renderContact,
  phone: renderContact,
  group: renderGroup,
  divider: renderDivider,
  faq: renderFaq,
  map: renderMap,
  countdown: renderCountdown,
  product: renderProduct,
  menu: renderMenu,
  hours: renderHours,
  music: renderMusic,
  event: renderEvent,
  support: renderSupport,
  form: (block, context) => renderForm(block, context),
  gallery: renderGallery,
  video: renderVideo,
  audio: renderAudio,
  file: renderFile,
  referral: renderReferral,
};

type Gate = NonNullable<PublicBlock['gate']>;
const formatGateNote = (locale: Locale, gate: Gate): string =>
  gate === 'sensitive'
    ? locale.messages.sensitiveContent
    : formatMessage(locale, locale.messages.ageOnly, { age: Number.parseInt(gate, 10) });

const renderGatedBlock = (block: PublicBlock, { locale, localizeHref }: BlockContext): RenderedBlock =>
  renderButton(block, {
    href: localizeHref(block.href),
    label: block.title ?? locale.messages.hiddenContent,
    note: formatGateNote(locale, block.gate ?? 'sensitive'),
    thumbnail: renderGlyph('gate'),
  });

const isOpen = (block: PublicBlock): block is OpenBlockOf<PublicBlock['type']> => block.data !== null;

export function renderBlock(block: PublicBlock, context: BlockContext): RenderedBlock {
  if (!isOpen(block)) return renderGatedBlock(block, context);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the renderer of the block's own type
  const render = RENDERERS[block.type] as (open: typeof block, given: BlockContext) => RenderedBlock;
  return render(block, context);
}

const unique = <T>(values: T[]): T[] => [...new Set(values)];

/** Addresses of foreign images differ, so all of https is allowed for them; for uploads, only where uploads are. */
function listImageSources({ thumbnailUrl, thumbnail, type, url, data }: PublicBlock): string[] {
  const foreign = [
    thumbnail ? null : thumbnailUrl,
    type === 'image' && !(data && 'picture' in data && data.picture) ? url : null,
  ];
  return [
    ...foreign.flatMap((one) => (one === null ? [] : [new URL(one).protocol])),
    ...[...listPictures(data), ...(thumbnail ? [thumbnail] : [])].map((picture) =>
      findFileSource(picture.url, 1),
    ),
  ];
}

function listPictures(data: PublicBlock['data']): PublicPicture[] {
  if (data === null) return [];
  if ('picture' in data) return data.picture ? [data.picture] : [];
  if ('poster' in data) return data.poster ? [data.poster] : [];
  return 'items' in data ? data.items.flatMap((item) => ('picture' in item ? [item.picture] : [])) : [];
}

const listMediaSources = ({ type, data }: PublicBlock): string[] =>
  (type === 'audio' || type === 'video') && data && 'file' in data ? [findFileSource(data.file.url, 2)] : [];

export function listContentSources(blocks: PublicBlock[]): Sources {
  const frames = blocks.flatMap(({ data }) =>
    data && 'player' in data ? [new URL(data.player).origin] : [],
  );
  return {
    images: unique(blocks.flatMap(listImageSources)),
    frames: unique(frames),
    media: unique(blocks.flatMap(listMediaSources)),
    ...(blocks.some(isForm) && { hasForm: true }),
  };
}
