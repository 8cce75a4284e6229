import { html as markup } from '../../html.ts';
import { type BlockContext, type OpenBlockOf, renderCard, renderChip, type RenderedBlock } from './shared.ts';

const STYLE = `.card .when{font-weight:600}
.card p+p{margin-top:.25rem}
`;

/** In the local time of the place, with its zone where visitors may be in another. */
function formatWhen(
  language: string,
  { beginsAt, finishesAt, timezone }: OpenBlockOf<'event'>['data'],
): string {
  const format = new Intl.DateTimeFormat(language, {
    weekday: 'short',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZone: timezone,
    timeZoneName: 'short',
  });
  const start = new Date(beginsAt);
  return finishesAt === null ? format.format(start) : format.formatRange(start, new Date(finishesAt));
}

export function renderEvent(
  { title, url, href, data }: OpenBlockOf<'event'>,
  { language, locale, localizeHref }: BlockContext,
): RenderedBlock {
  const { beginsAt, place, description, calendarUrl, over } = data;
  const lines = [
    markup`<p class="when"><time datetime="${beginsAt}">${formatWhen(language, data)}</time></p>`,
    ...(place === null ? [] : [markup`<p dir="auto">${place}</p>`]),
    ...(description === null ? [] : [markup`<p dir="auto">${description}</p>`]),
  ];
  const links = [
    ...(url === null ? [] : [renderChip(localizeHref(href), locale.messages.eventDetails)]),
    ...(calendarUrl === null || over
      ? []
      : [renderChip(localizeHref(calendarUrl), locale.messages.addToCalendar)]),
  ];
  const chips = links.length === 0 ? '' : markup`<div class="chips">${links}</div>`;
  return renderCard(title, markup`${lines}${chips}`, [STYLE]);
}
