import { html as markup } from '../../html.ts';
import { renderGlyph } from '../glyph.ts';
import {
  type BlockContext,
  type OpenBlockOf,
  renderButton,
  renderCard,
  type RenderedBlock,
} from './shared.ts';

const STYLE = `.card audio,.card video{display:block;width:100%}
.card video{height:auto;aspect-ratio:16/9;object-fit:contain;background:#000;border-radius:calc(var(--corner)*.6)}
.card p+audio{margin-top:.625rem}
`;

export function renderVideo({ title, data }: OpenBlockOf<'video'>): RenderedBlock {
  const { file, poster } = data;
  const attributes = poster ? markup` poster="${poster.url}"` : '';
  const preload = poster ? 'none' : 'metadata';
  return renderCard(
    title,
    markup`<video controls playsinline preload="${preload}" aria-label="${title ?? file.name}"${attributes}><source src="${file.url}" type="${file.type}"></video>`,
    [STYLE],
  );
}

export function renderAudio({ title, data }: OpenBlockOf<'audio'>): RenderedBlock {
  const { file, description } = data;
  const note = description === null ? '' : markup`<p dir="auto">${description}</p>`;
  return renderCard(
    title,
    markup`${note}<audio controls preload="none" aria-label="${title ?? file.name}"><source src="${file.url}" type="${file.type}"></audio>`,
    [STYLE],
  );
}

const FORMAT_NAMES: Record<string, string> = { 'application/pdf': 'PDF' };

function formatSize(language: string, bytes: number): string {
  const [unit, value] =
    bytes < 1_000_000 ? (['kilobyte', bytes / 1_000] as const) : (['megabyte', bytes / 1_000_000] as const);
  return new Intl.NumberFormat(language, { style: 'unit', unit, maximumFractionDigits: 1 }).format(value);
}

export function renderFile(
  block: OpenBlockOf<'file'>,
  { language, localizeHref }: BlockContext,
): RenderedBlock {
  const { file, description, href } = block.data;
  const format = FORMAT_NAMES[file.type] ?? file.type.split('/')[1]?.toUpperCase() ?? '';
  const facts = `${format} · ${formatSize(language, file.size)}`;
  return renderButton(block, {
    href: localizeHref(href),
    label: block.title ?? file.name,
    // A line may end with the dot, but not begin with it.
    note: description === null ? facts : `${description}\u{a0}· ${facts}`,
    thumbnail: renderGlyph('file'),
  });
}
