import type { Generated } from 'kysely';
import type { CreatedAt } from './columns.ts';

export type WebhookEndpointsTable = {
  id: string;
  workspace_id: string;
  url: string;
  events: string[];
  description: string | null;
  enabled: boolean;
  log_responses: boolean;
  /** Encrypted. */
  secret: Buffer;
  previous_secret: Buffer | null;
  previous_secret_expires_at: Date | null;
  disabled_reason: 'gone' | 'failing' | null;
  failing_since: Date | null;
  warned_at: Date | null;
  paused_until: Date | null;
  created_at: CreatedAt;
  updated_at: Generated<Date>;
};

export type WebhookEventsTable = {
  id: string;
  sequence: Generated<number>;
  workspace_id: string;
  type: string;
  object_id: string;
  /** The bytes that are signed and sent. */
  body: string;
  created_at: CreatedAt;
  dispatched_at: Date | null;
};

export type WebhookDeliveriesTable = {
  id: string;
  endpoint_id: string;
  event_id: string;
  object_id: string;
  sequence: number;
  status: 'waiting' | 'pending' | 'delivered' | 'failed';
  holds_line: boolean;
  tries: Generated<number>;
  attempts: Generated<
    { at: string; status: number | null; durationMs: number; error: string | null; response?: string }[]
  >;
  next_attempt_at: Date | null;
  claimed_until: Date | null;
  created_at: CreatedAt;
};
