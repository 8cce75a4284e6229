import { formatMessage } from '@linkgrove/api';
import { html as markup } from '../../html.ts';
import { type BlockContext, type OpenBlockOf, renderCard, type RenderedBlock } from './shared.ts';

const STYLE = `.state{font-weight:600}
.card dl{display:grid;grid-template-columns:auto 1fr;gap:.5rem 1.25rem;margin:.75rem 0 0;font-variant-numeric:tabular-nums}
.card dd{margin:0;text-align:end}
.card dd span{white-space:nowrap}
.card .today{font-weight:600}
`;

type Data = OpenBlockOf<'hours'>['data'];

const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
/** A Monday. */
const WEEK_START = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;
/** Exceptions further ahead are left out. */
const SHOWN_EXCEPTION_DAYS = 60;

const createFormat = (language: string, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(language, { timeZone: 'UTC', ...options });

function formatTime(language: string, time: string): string {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return createFormat(language, { timeStyle: 'short' }).format(Date.UTC(2024, 0, 1, hours, minutes));
}

function describeState({ open, changesAt, today }: Data, { locale, language }: BlockContext): string {
  const { messages } = locale;
  if (changesAt === null) return open ? messages.openNow : messages.closedNow;
  const time = formatTime(language, changesAt.time);
  const day = createFormat(language, { weekday: 'long' }).format(Date.parse(changesAt.date));
  const when = changesAt.date === today ? time : `${day} ${time}`;
  return formatMessage(locale, open ? messages.openUntil : messages.opensAt, { time: when });
}

export function renderHours({ title, data }: OpenBlockOf<'hours'>, context: BlockContext): RenderedBlock {
  const { language, locale } = context;
  const renderPeriods = (periods: { opens: string; closes: string }[]) =>
    periods.length === 0
      ? locale.messages.closedNow
      : periods.map(
          ({ opens, closes }, index) =>
            markup`<span>${formatTime(language, opens)}–${formatTime(language, closes)}${index < periods.length - 1 ? ',' : ''}</span> `,
        );
  const todayIndex = (new Date(data.today).getUTCDay() + 6) % 7;
  const days = WEEKDAYS.map((weekday, index) => {
    const name = createFormat(language, { weekday: 'long' }).format(WEEK_START + index * DAY_MS);
    const mark = index === todayIndex ? markup` class="today"` : '';
    return markup`<dt${mark}>${name}</dt><dd${mark}>${renderPeriods(data.week.filter(({ day }) => day === weekday))}</dd>`;
  });
  const last = Date.parse(data.today) + SHOWN_EXCEPTION_DAYS * DAY_MS;
  const exceptions = data.exceptions
    .filter(({ date }) => date >= data.today && Date.parse(date) <= last)
    .toSorted((one, other) => one.date.localeCompare(other.date))
    .map(({ date, periods, note }) => {
      const day = createFormat(language, { day: 'numeric', month: 'long' }).format(Date.parse(date));
      const reason = note === null ? '' : markup` <small dir="auto">${note}</small>`;
      return markup`<dt>${day}${reason}</dt><dd>${renderPeriods(periods)}</dd>`;
    });
  return renderCard(
    title,
    markup`<p class="state">${describeState(data, context)}</p><dl>${days}${exceptions}</dl>`,
    [STYLE],
  );
}
