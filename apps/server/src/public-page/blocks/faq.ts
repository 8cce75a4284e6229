import { Html, html as markup } from '../../html.ts';
import { type OpenBlockOf, renderCard, type RenderedBlock } from './shared.ts';

const STYLE = `.card summary{display:flex;align-items:center;min-height:2.75rem;gap:.5rem;font-weight:600;cursor:pointer}
.card summary::after{content:"+"/"";margin-inline-start:auto;font-size:1.375rem;font-weight:400;line-height:1}
.card details[open]>summary::after{content:"−"/""}
.card details+details{border-top:1px solid color-mix(in srgb,var(--on-card) 16%,transparent)}
.card summary::-webkit-details-marker{display:none}
.answer{padding-bottom:.75rem}
.answer>*+*{margin-top:.625rem}
.answer ul,.answer ol{padding-inline-start:1.25rem;list-style:disc}
`;

export const renderFaq = ({ title, data }: OpenBlockOf<'faq'>): RenderedBlock =>
  renderCard(
    title,
    data.items.map(
      ({ question, html }) =>
        markup`<details><summary><bdi>${question}</bdi></summary><div class="answer">${new Html(html)}</div></details>`,
    ),
    [STYLE],
  );
