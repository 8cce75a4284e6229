import type { Sql } from './sql.ts';

export const HOT_PAGE = '00000000-0000-7000-8000-000000000001';
export const MIDDLE_PAGE = '00000000-0000-7000-8000-000000000002';
const DAYS = 30;
const ROWS_PER_STATEMENT = 500_000;

const pick = (values: (string | null)[], draw: string) =>
  `(array[${values.map((value) => (value === null ? 'null' : `'${value}'`)).join()}])[1 + floor(${draw} * ${values.length})::int]`;

/** A tenth of the events belongs to one page, 100,000 at most to another, and the rest to a long tail. */
function buildInsert(from: number, to: number, middle: number): string {
  return `
    insert into analytics_events (at, page_id, block_id, visitor, country, device, browser, os, language, referrer, utm_source, via)
    select now() - random() * interval '${DAYS} days',
      case
        when n % 10 = 0 then '${HOT_PAGE}'::uuid
        when n % 10 = 1 and n / 10 < ${middle} then '${MIDDLE_PAGE}'::uuid
        else ('00000000-0000-7000-9000-' || lpad(to_hex((power(random(), 3) * 100000)::int), 12, '0'))::uuid
      end,
      case when random() < 0.25 then ('00000000-0000-7000-a000-' || lpad(to_hex((random() * 8)::int), 12, '0'))::uuid end,
      decode(lpad(to_hex((random() * 2000000)::int), 16, '0'), 'hex'),
      ${pick(['US', 'DE', 'FR', 'IN', 'BR', 'JP', 'GB', null], 'random() * random()')},
      ${pick(['mobile', 'desktop', 'tablet'], 'random()')}, ${pick(['Safari', 'Chrome', 'Firefox', 'Instagram'], 'random()')},
      ${pick(['iOS', 'Android', 'Windows', 'macOS'], 'random()')}, ${pick(['en', 'de', 'fr', 'hi', 'pt'], 'random()')},
      ${pick(['instagram.com', 'x.com', 'google.com', null], 'random()')},
      case when random() < 0.1 then 'campaign ' || floor(random() * 30) end, case when random() < 0.05 then 'qr' end
    from generate_series(${from}, ${to - 1}) n`;
}

/** Fills events and slots as the ingestion would have. */
export async function fillEvents(sql: Sql, events: number): Promise<void> {
  await sql.run('truncate analytics_events, analytics_slots, analytics_segments');
  const middle = Math.min(100_000, Math.floor(events / 10));
  for (let from = 0; from < events; from += ROWS_PER_STATEMENT)
    await sql.run(buildInsert(from, Math.min(events, from + ROWS_PER_STATEMENT), middle));
  await sql.run(`
    insert into analytics_slots (page_id, slot, views, clicks, visitors, bots, owner, repeats, dropped)
    select page_id, date_bin('15 minutes', at, 'epoch'), count(*) filter (where block_id is null),
      count(*) filter (where block_id is not null), count(distinct visitor), 0, 0, 0, 0
    from analytics_events group by 1, 2`);
  await sql.run('analyze analytics_events; analyze analytics_slots');
}
