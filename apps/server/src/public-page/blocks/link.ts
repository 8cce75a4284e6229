import { readHost } from '@linkgrove/api';
import {
  type BlockContext,
  type OpenBlockOf,
  renderButton,
  type RenderedBlock,
  renderThumbnail,
} from './shared.ts';

export const renderLink = (
  block: OpenBlockOf<'link'>,
  { localizeHref, isLong = false }: BlockContext,
): RenderedBlock =>
  renderButton(block, {
    href: localizeHref(block.href),
    label: block.title ?? readHost(block.url ?? ''),
    note: block.data.description,
    thumbnail: renderThumbnail(block),
    target: isLong ? '' : readHost(block.url ?? ''),
  });
