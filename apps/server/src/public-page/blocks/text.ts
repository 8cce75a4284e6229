import * as css from '../../assets/public-page-style.ts';
import { Html, html as markup } from '../../html.ts';
import { type OpenBlockOf, type RenderedBlock, renderHeading } from './shared.ts';

const findMarkdownStyles = (text: string): string[] =>
  css.MARKDOWN_STYLES.filter(([element]) => element.test(text)).map(([, style]) => style);

export function renderText({ title, data }: OpenBlockOf<'text'>): RenderedBlock {
  const heading = title === null ? '' : renderHeading(title);
  return {
    html: markup`<div class="text">${heading}${new Html(data.html)}</div>`,
    styles: [css.TEXT_STYLE, ...findMarkdownStyles(data.html)],
  };
}
