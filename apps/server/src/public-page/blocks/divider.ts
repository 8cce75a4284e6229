import { html as markup } from '../../html.ts';
import type { OpenBlockOf, RenderedBlock } from './shared.ts';

const STYLE = `hr{width:100%;margin:.5rem 0;border:0;border-top:1px solid var(--edge)}
hr.dots{width:2.5rem;margin-inline:auto;border-top:.375rem dotted var(--muted)}
hr.space{border:0;height:.75rem}
`;

export const renderDivider = ({ data }: OpenBlockOf<'divider'>): RenderedBlock => ({
  html: markup`<hr class="${data.style}">`,
  styles: [STYLE],
});
