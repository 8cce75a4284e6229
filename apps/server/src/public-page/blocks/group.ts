import { html as markup } from '../../html.ts';
import { type BlockContext, type OpenBlockOf, type RenderedBlock, renderHeading } from './shared.ts';

const STYLE = `.blocks .blocks{margin-top:.875rem}
.group>summary{display:flex;align-items:center;justify-content:var(--align);gap:.5rem;min-height:2.75rem;cursor:pointer}
.group>summary::-webkit-details-marker{display:none}
.group>summary h2{margin:0}
.group>summary::after{content:"+"/"";font-size:1.375rem;line-height:1}
.group[open]>summary::after{content:"−"/""}
.tiles{grid-template-columns:1fr 1fr}
.tiles .button,.tiles .with{flex-direction:column;align-items:var(--align);justify-content:center;padding:1rem}
.tiles .with>svg,.tiles .with>img{position:static;translate:none}
`;

export function renderGroup(
  { id, title, data }: OpenBlockOf<'group'>,
  { renderChildren }: BlockContext,
): RenderedBlock {
  const { layout, collapsible, open } = data;
  const children = renderChildren(id);
  const items = children.map(({ html }) => markup`<li>${html}</li>`);
  const list = markup`<ul class="${layout === 'grid' ? 'blocks tiles' : 'blocks'}">${items}</ul>`;
  const heading = renderHeading(title ?? '');
  const folded = markup`<details class="group"${open ? markup` open` : ''}><summary>${heading}</summary>${list}</details>`;
  return {
    html: collapsible ? folded : markup`<section>${heading}${list}</section>`,
    styles: [...children.flatMap(({ styles }) => styles), STYLE],
  };
}
