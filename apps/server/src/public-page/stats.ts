import {
  type Analytics,
  DEFAULT_THEME,
  findLocale,
  formatMessage,
  type Locale,
  type PublicPage,
} from '@linkgrove/api';
import * as css from '../assets/public-page-style.ts';
import { Html, html as markup } from '../html.ts';
import type { RenderedDocument } from './page.ts';
import { buildContentPolicy, renderShell } from './shell.ts';
import { resolveLook } from './theme.ts';

const [WIDTH, HEIGHT] = [600, 160];
const MAX_LISTED = 5;

const STYLE = `main{max-width:40rem}
.totals{display:flex;justify-content:center;gap:2.5rem;margin:1.5rem 0;text-align:center}
.totals strong{display:block;font-size:1.75rem}
.chart{width:100%;height:auto;color:var(--accent)}
.chart .clicks{fill:var(--muted)}
table{width:100%;margin-top:1.5rem;border-collapse:collapse}
caption{text-align:start;font-weight:600}
td{padding:.375rem 0;border-top:1px solid var(--edge)}
td:last-child{text-align:end;font-variant-numeric:tabular-nums}
`;

const LABELS = { views: 'statsViews', visitors: 'statsVisitors', clicks: 'statsClicks' } as const;

/** Numbers of the page itself, in its language. */
const formatNumber = ({ language }: PublicPage, value: number): string =>
  new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(value);

/** A bar of views and a narrower one of clicks for each day. */
function renderChart(page: PublicPage, { messages }: Locale, series: Analytics['series']): Html {
  const peak = Math.max(1, ...series.map(({ views, clicks }) => Math.max(views, clicks)));
  const step = WIDTH / Math.max(1, series.length);
  const date = new Intl.DateTimeFormat(page.language, { dateStyle: 'medium', timeZone: 'UTC' });
  const renderBar = (index: number, value: number, share: number, kind: string) => {
    const height = Math.round((value / peak) * HEIGHT);
    const x = Math.round((index + (1 - share) / 2) * step * 10) / 10;
    return markup`<rect class="${kind}" x="${x}" y="${HEIGHT - height}" width="${Math.round(step * share * 10) / 10}" height="${height}"/>`;
  };
  const bars = series.map(({ start, views, clicks }, index) => {
    const day = date.format(new Date(start));
    const counts = `${messages.statsViews}: ${formatNumber(page, views)}, ${messages.statsClicks}: ${formatNumber(page, clicks)}`;
    return markup`<g><title>${day} · ${counts}</title>${renderBar(index, views, 0.8, 'views')}${renderBar(index, clicks, 0.4, 'clicks')}</g>`;
  });
  return markup`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${messages.statsChart}">${bars}</svg>`;
}

const renderTable = (page: PublicPage, title: string, rows: { name: string; value: number }[]): Html | '' =>
  rows.length === 0
    ? ''
    : markup`<table><caption>${title}</caption><tbody>${rows
        .slice(0, MAX_LISTED)
        .map(
          ({ name, value }) =>
            markup`<tr><td dir="auto">${name}</td><td>${formatNumber(page, value)}</td></tr>`,
        )}</tbody></table>`;

function renderTables(page: PublicPage, { messages }: Locale, { blocks, referrers }: Analytics) {
  // Nobody learns of a block that the page does not show to them.
  const shown = new Set(page.blocks.map(({ id }) => id));
  const clicked = blocks
    .filter(({ id }) => shown.has(id))
    .map(({ title, clicks }) => ({ name: title ?? messages.untitled, value: clicks }));
  const sources = referrers.map(({ name, views }) => ({
    name: name === 'direct' ? messages.statsDirect : name,
    value: views,
  }));
  return [
    renderTable(page, messages.statsClicked, clicked),
    renderTable(page, messages.statsSources, sources),
  ].filter((table) => table !== '');
}

/** In the language of the page, as everything else that the server says about it. */
export function renderStats(page: PublicPage, analytics: Analytics): RenderedDocument {
  const { totals, series } = analytics;
  const locale = findLocale(page.language);
  const { messages } = locale;
  const look = resolveLook(DEFAULT_THEME);
  const style = [look.css, css.BASE_STYLE, STYLE].join('\n');
  const numbers = (['views', 'visitors', 'clicks'] as const).map(
    (kind) =>
      markup`<div><strong>${formatNumber(page, totals[kind])}</strong>${messages[LABELS[kind]]}</div>`,
  );
  const { pathname } = new URL(page.url);
  return {
    html: renderShell({
      language: locale.tag,
      title: formatMessage(locale, messages.statsTitle, { handle: `@${page.handle}` }),
      head: [
        new Html('<meta name="robots" content="noindex"><meta name="color-scheme" content="light dark">'),
      ],
      style,
      body: markup`<main><header><h1 dir="auto">${page.title}</h1><p class="name"><a href="${pathname}">@${page.handle}</a></p></header><div class="totals">${numbers}</div>${renderChart(page, locale, series)}<p class="name">${messages.statsPeriod}</p>${renderTables(page, locale, analytics)}</main>`,
    }),
    policy: buildContentPolicy(style, { images: [], frames: [] }),
  };
}
