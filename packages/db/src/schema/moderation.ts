import type { Generated } from 'kysely';
import type { CreatedAt } from './columns.ts';

export type PageReportsTable = {
  id: string;
  page_id: string;
  reason: string;
  details: string | null;
  email: string | null;
  reporter_hash: Buffer;
  /** How often it was reported, repetitions included. */
  times: Generated<number>;
  status: Generated<'open' | 'dismissed' | 'acted'>;
  note: string | null;
  created_at: CreatedAt;
  reported_at: Generated<Date>;
  resolved_at: Date | null;
};

export type PageTakedownsTable = {
  id: string;
  page_id: string;
  reason: string;
  note: string | null;
  taken_down_at: CreatedAt;
  appeal: string | null;
  appealed_at: Date | null;
  decision: 'upheld' | 'granted' | null;
  decision_note: string | null;
  decided_at: Date | null;
  restored_at: Date | null;
};

export type BlockedHostsTable = {
  id: string;
  host: string;
  level: 'blocked' | 'suspicious';
  reason: string | null;
  created_at: CreatedAt;
};
