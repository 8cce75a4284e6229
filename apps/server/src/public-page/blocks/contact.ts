import { readContactUrl } from '@linkgrove/api';
import { renderGlyph } from '../glyph.ts';
import { type OpenBlockOf, renderButton, type RenderedBlock, renderThumbnail } from './shared.ts';

/** Links directly, since in-app browsers do not follow a redirect to `mailto:` or `tel:`. */
export function renderContact(block: OpenBlockOf<'email'> | OpenBlockOf<'phone'>): RenderedBlock {
  const { display: address } = readContactUrl(block.url ?? '');
  return renderButton(block, {
    href: block.url ?? '',
    label: block.title ?? address,
    thumbnail: block.thumbnailUrl === null ? renderGlyph(block.type) : renderThumbnail(block),
    target: address,
  });
}
