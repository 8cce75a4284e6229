import { Html, html as markup } from '../../html.ts';
import {
  type BlockContext,
  formatPrice,
  type OpenBlockOf,
  renderCard,
  type RenderedBlock,
} from './shared.ts';

const STYLE = `.card .section{margin:1.125rem 0 .25rem;font-size:1rem;text-align:start}
.card .section:first-child{margin-top:0}
.dish{display:flex;gap:1rem;padding:.375rem 0}
.dish span{flex:1;min-width:0}
.dish small{display:block;font-size:.875rem}
.dish b{white-space:nowrap}
.note{margin-top:.75rem;font-size:.875rem}
`;

export function renderMenu({ title, data }: OpenBlockOf<'menu'>, { language }: BlockContext): RenderedBlock {
  // Without a title, a heading of the third level would skip one.
  const level = title === null ? 'h2' : 'h3';
  const renderSectionTitle = (text: string) =>
    new Html(`<${level} class="section" dir="auto">${markup`${text}`.text}</${level}>`);
  const sections = data.sections.map((section) => {
    const items = section.items.map(({ name, description, price }) => {
      const note = description === null ? '' : markup`<small dir="auto">${description}</small>`;
      const cost = price === null ? '' : markup`<b>${formatPrice(language, price, data.currency)}</b>`;
      return markup`<li class="dish"><span><bdi>${name}</bdi>${note}</span>${cost}</li>`;
    });
    const list = items.length === 0 ? '' : markup`<ul>${items}</ul>`;
    return markup`${renderSectionTitle(section.title)}${list}`;
  });
  const note = data.note === null ? '' : markup`<p class="note" dir="auto">${data.note}</p>`;
  return renderCard(title, markup`${sections}${note}`, [STYLE]);
}
