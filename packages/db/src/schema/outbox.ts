import type { Generated, JSONColumnType } from 'kysely';
import type { CreatedAt } from './columns.ts';

export type OutboxTable = {
  id: string;
  topic: string;
  queue: Generated<'urgent' | 'bulk'>;
  payload: JSONColumnType<Record<string, unknown>>;
  request_id: string | null;
  created_at: CreatedAt;
  relayed_at: Date | null;
  done_at: Date | null;
  failed_at: Date | null;
  last_error: string | null;
};

export type MailBudgetsTable = { recipient_hash: Buffer; name: string; sent: number; ends_at: Date };

export type LeasesTable = {
  name: string;
  holder: string;
  expires_at: Date;
};

export type InstallationFactsTable = { name: string; value: string };
