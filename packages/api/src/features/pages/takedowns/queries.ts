import { takedownJsonPart } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import type { PageTakedown } from './schema.ts';

/** The one that stands; null if there is none. */
export const takedownSubquery = (pageId: RawBuilder<unknown>) => sql<PageTakedown | null>`(
  select ${takedownJsonPart} from page_takedowns t where t.page_id = ${pageId} and t.restored_at is null
)`;
