import type { ColumnType, Generated, JSONColumnType } from 'kysely';
import type { CreatedAt } from './columns.ts';

export type PagesTable = {
  id: string;
  /** The user who made the page; decides nothing. */
  user_id: string;
  workspace_id: string;
  slot: number;
  handle: string;
  title: string;
  bio: string | null;
  avatar_url: string | null;
  avatar_file_id: string | null;
  language: Generated<string>;
  theme: JSONColumnType<Record<string, unknown>>;
  seo: JSONColumnType<Record<string, unknown>>;
  published: Generated<boolean>;
  block_count: Generated<number>;
  version: Generated<number>;
  /** Preview links of an earlier version have been revoked. */
  preview_version: Generated<number>;
  /** Visitors see `live_pages` and `live_blocks` until the next publication. */
  manual_publishing: Generated<boolean>;
  draft_changed: Generated<boolean>;
  /** When an administrator gave it the badge. */
  verified_at: Date | null;
  /** The ID of the password that visitors need; a new one has a new ID. */
  lock_id: string | null;
  lock_hash: string | null;
  /** Shows a link to this platform, with the code of the workspace's owner. */
  made_with: Generated<boolean>;
  created_at: CreatedAt;
  updated_at: Generated<Date>;
  deleted_at: Date | null;
};

export type HandleState = 'active' | 'renamed' | 'held' | 'reserved';

export type HandlesTable = {
  handle: string;
  state: HandleState;
  /** For servers of an earlier release; see the migration 0026. */
  user_id: string | null;
  workspace_id: string | null;
  page_id: string | null;
  until: Date | null;
  owner_hmac: Buffer | null;
  created_at: CreatedAt;
};

export type BlocksTable = {
  id: string;
  page_id: string;
  type: string;
  parent_id: string | null;
  rank: string;
  title: string | null;
  url: string | null;
  data: JSONColumnType<Record<string, unknown>>;
  enabled: Generated<boolean>;
  starts_at: Date | null;
  ends_at: Date | null;
  pinned: Generated<boolean>;
  gate: 'sensitive' | '18+' | '21+' | '25+' | null;
  thumbnail_url: string | null;
  thumbnail_file_id: string | null;
  layout: ColumnType<Record<string, unknown> | null, string | null, string | null>;
  targeting: ColumnType<Record<string, unknown> | null, string | null, string | null>;
  title_test: ColumnType<Record<string, unknown> | null, string | null, string | null>;
  /** Local times, from which `starts_at` and `ends_at` were made. */
  schedule: ColumnType<Record<string, unknown> | null, string | null, string | null>;
  version: Generated<number>;
  created_at: CreatedAt;
  updated_at: Generated<Date>;
  deleted_at: Date | null;
};

export type PageVersionsTable = {
  id: string;
  page_id: string;
  number: number;
  reason: 'publish' | 'restore';
  note: string | null;
  created_by: string;
  created_at: CreatedAt;
  /** A snapshot of columns of `pages` and of rows of `blocks`. */
  content: JSONColumnType<Record<string, unknown>>;
};

export type PageTemplatesTable = {
  id: string;
  workspace_id: string;
  name: string;
  description: string | null;
  content: JSONColumnType<Record<string, unknown>>;
  created_at: CreatedAt;
};

export type LivePagesTable = {
  page_id: string;
  content: JSONColumnType<Record<string, unknown>>;
  published_at: Generated<Date>;
};

export type LiveBlocksTable = {
  id: string;
  page_id: string;
  position: number;
  content: JSONColumnType<Record<string, unknown>>;
};

export type TitleTestCountsTable = {
  block_id: string;
  test_id: string;
  variant: 'a' | 'b';
  views: number;
  clicks: number;
  first_at: Generated<Date>;
};
