import { type RawBuilder, sql } from 'kysely';

// For every query that reads pages or blocks as visitors see them; ADR 66.

/** Blocks as visitors get them: of the last publication if the page has manual publishing, otherwise as they are. */
export const shownBlocksSubquery = (column: 'id' | 'page_id', value: RawBuilder<unknown>) => sql<{
  page_id: string;
}>`(
  select b.* from blocks b
  where b.${sql.ref(column)} = ${value} and b.deleted_at is null
    and not exists (select from live_pages l where l.page_id = b.page_id)
  union all
  select r.* from live_blocks l cross join lateral jsonb_populate_record(null::blocks, l.content ||
    jsonb_build_object('page_id', l.page_id, 'rank', to_char(l.position, 'FM000'))) r
  where l.${sql.ref(column)} = ${value}
)`;

/** The published title of a block, for queries about blocks `b`; those without manual publishing have their own. */
export const shownTitlePart = sql<string | null>`case
  when exists (select from live_blocks l where l.id = b.id)
    then (select l.content ->> 'title' from live_blocks l where l.id = b.id)
  else b.title end`;

type ContentColumn = 'title' | 'bio' | 'avatar_url' | 'avatar_file_id' | 'language';

/** For queries of pages `p` that left-join their `live_pages` as `l`. */
export const shownTextPart = <T extends string | null>(column: ContentColumn): RawBuilder<T> =>
  sql<T>`case when l.page_id is null then p.${sql.ref(column)}::text else l.content ->> ${sql.lit(column)} end`;
export const shownJsonPart = <T>(column: 'theme' | 'seo'): RawBuilder<T> =>
  sql<T>`case when l.page_id is null then p.${sql.ref(column)} else l.content -> ${sql.lit(column)} end`;
/** False for what was published before the column was there. */
export const shownMadeWithPart = sql<boolean>`case
  when l.page_id is null then p.made_with else coalesce((l.content ->> 'made_with')::boolean, false) end`;
export const shownTimePart = sql<Date>`coalesce(l.published_at, p.updated_at)`;
