import { type Analytics, DEFAULT_THEME, type PublicPage } from '@linkgrove/api';
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

/** Numbers of the page itself, in its language. */
const formatNumber = ({ language }: PublicPage, value: number): string =>
  new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(value);

/** A bar of views and a narrower one of clicks for each day. */
function renderChart(series: Analytics['series']): Html {
  const peak = Math.max(1, ...series.map(({ views, clicks }) => Math.max(views, clicks)));
  const step = WIDTH / Math.max(1, series.length);
  const renderBar = (index: number, value: number, share: number, kind: string) => {
    const height = Math.round((value / peak) * HEIGHT);
    const x = Math.round((index + (1 - share) / 2) * step * 10) / 10;
    return markup`<rect class="${kind}" x="${x}" y="${HEIGHT - height}" width="${Math.round(step * share * 10) / 10}" height="${height}"/>`;
  };
  const bars = series.flatMap(({ start, views, clicks }, index) => [
    markup`<g><title>${start.slice(0, 10)}: ${views} views, ${clicks} clicks</title>${renderBar(index, views, 0.8, 'views')}${renderBar(index, clicks, 0.4, 'clicks')}</g>`,
  ]);
  return markup`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Views and clicks of the last 30 days">${bars}</svg>`;
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

export function renderStats(
  page: PublicPage,
  { totals, series, blocks, referrers }: Analytics,
): RenderedDocument {
  const look = resolveLook(DEFAULT_THEME);
  const style = [look.css, css.BASE_STYLE, STYLE].join('\n');
  // Nobody learns of a block that the page does not show to them.
  const shown = new Set(page.blocks.map(({ id }) => id));
  const total = (value: string, label: string) => markup`<div><strong>${value}</strong>${label}</div>`;
  const numbers = [
    total(formatNumber(page, totals.views), 'views'),
    total(formatNumber(page, totals.visitors), 'visitors a day, added up'),
    total(formatNumber(page, totals.clicks), 'clicks'),
  ];
  const tables = [
    renderTable(
      page,
      'Most clicked',
      blocks
        .filter(({ id }) => shown.has(id))
        .map(({ title, clicks }) => ({ name: title ?? 'Untitled', value: clicks })),
    ),
    renderTable(
      page,
      'Came from',
      referrers.map(({ name, views }) => ({ name, value: views })),
    ),
  ].filter((table) => table !== '');
  const { pathname } = new URL(page.url);
  return {
    html: renderShell({
      language: 'en',
      title: `@${page.handle}: numbers`,
      head: [
        new Html('<meta name="robots" content="noindex"><meta name="color-scheme" content="light dark">'),
      ],
      style,
      body: markup`<main><header><h1 dir="auto">${page.title}</h1><p class="name"><a href="${pathname}">@${page.handle}</a></p></header><div class="totals">${numbers}</div>${renderChart(series)}<p class="name">The last 30 days (UTC). Bots, the owner and repeats are not counted.</p>${tables}</main>`,
    }),
    policy: buildContentPolicy(style, { images: [], frames: [] }),
  };
}
