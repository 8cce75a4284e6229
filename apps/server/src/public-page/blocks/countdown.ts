import { html as markup } from '../../html.ts';
import { type BlockContext, type OpenBlockOf, renderCard, type RenderedBlock } from './shared.ts';

const STYLE = `.left{display:flex;flex-wrap:wrap;gap:.25rem 1rem;margin:.25rem 0;font-size:clamp(1.125rem,5.25vw,1.5rem);font-weight:700}
.card time{font-size:.875rem}
`;

/** As large as seconds would be, but true for as long as a visitor may look at the page without a script. */
export function renderCountdown(
  { title, data }: OpenBlockOf<'countdown'>,
  { language }: BlockContext,
): RenderedBlock {
  const { until, timezone, left, over, after } = data;
  const date = new Intl.DateTimeFormat(language, {
    dateStyle: 'full',
    timeStyle: 'short',
    timeZone: timezone,
  }).format(new Date(until));
  const units = [
    ...(left.days > 0 ? [[left.days, 'day'] as const] : []),
    ...(left.days > 0 || left.hours > 0 ? [[left.hours, 'hour'] as const] : []),
    [left.minutes, 'minute'] as const,
  ].map(([value, unit]) =>
    new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(value),
  );
  const state = over
    ? after === null
      ? ''
      : markup`<p class="left" dir="auto">${after}</p>`
    : markup`<p class="left" role="timer">${units.map((unit) => markup`<span>${unit}</span> `)}</p>`;
  return renderCard(title, markup`${state}<time datetime="${until}">${date}</time>`, [STYLE]);
}
