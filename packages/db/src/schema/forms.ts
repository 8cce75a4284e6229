import type { JSONColumnType } from 'kysely';
import type { CreatedAt } from './columns.ts';

export type FormSubmissionsTable = {
  id: string;
  page_id: string;
  /** May be gone. */
  block_id: string;
  state: 'received' | 'pending' | 'confirmed';
  fields: JSONColumnType<Record<string, string>>;
  consent: string | null;
  /** With double opt-in only. */
  mailbox_hash: Buffer | null;
  token_hash: Buffer | null;
  created_at: CreatedAt;
  mailed_at: Date | null;
  confirmed_at: Date | null;
};
