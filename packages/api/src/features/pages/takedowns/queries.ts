import { isoTimePart } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import type { PageTakedown } from './schema.ts';

export const takedownJsonPart = sql<PageTakedown>`json_build_object(
  'reason', t.reason, 'note', t.note, 'takenDownAt', ${isoTimePart(sql`t.taken_down_at`)},
  'appeal', case when t.appeal is not null then json_build_object(
    'text', t.appeal, 'appealedAt', ${isoTimePart(sql`t.appealed_at`)}, 'decision', t.decision,
    'note', t.decision_note, 'decidedAt', ${isoTimePart(sql`t.decided_at`)}
  ) end
)`;

/** The one that stands; null if there is none. */
export const takedownSubquery = (pageId: RawBuilder<unknown>) => sql<PageTakedown | null>`(
  select ${takedownJsonPart} from page_takedowns t where t.page_id = ${pageId} and t.restored_at is null
)`;
