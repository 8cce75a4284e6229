import { sql } from 'kysely';
import { isoTimePart } from './sql-parts.ts';

/** A take-down `t` as owners and administrators see it, in JSON. */
export const takedownJsonPart = sql`json_build_object(
  'reason', t.reason, 'note', t.note, 'takenDownAt', ${isoTimePart(sql`t.taken_down_at`)},
  'appeal', case when t.appeal is not null then json_build_object(
    'text', t.appeal, 'appealedAt', ${isoTimePart(sql`t.appealed_at`)}, 'decision', t.decision,
    'note', t.decision_note, 'decidedAt', ${isoTimePart(sql`t.decided_at`)}
  ) end
)`;
