import type { Kysely } from 'kysely';
import { buildIndex } from '../indexes.ts';

export const isConcurrent = true;

/** One for every condition by which rows are deleted, and one for the parts of the sitemap. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Sessions cascade to all of their tokens, also to replaced ones.
  await buildIndex(db, 'refresh_tokens_session_idx', 'refresh_tokens (session_id)');
  await buildIndex(db, 'sessions_end_idx', 'sessions ((least(ended_at, expires_at)))');
  await buildIndex(db, 'email_tokens_user_idx', 'email_tokens (user_id)');
  await buildIndex(db, 'email_tokens_expires_idx', 'email_tokens (expires_at)');
  await buildIndex(db, 'security_events_created_idx', 'security_events (created_at)');
  await buildIndex(db, 'pages_published_idx', 'pages (id) where published and deleted_at is null');
  await buildIndex(db, 'outbox_done_idx', 'outbox (done_at) where done_at is not null');
}
