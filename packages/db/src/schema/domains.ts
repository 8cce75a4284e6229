import type { Generated } from 'kysely';
import type { CreatedAt } from './columns.ts';

export type DomainsTable = {
  id: string;
  workspace_id: string;
  page_id: string;
  /** In lower case, and its labels in ASCII. */
  hostname: string;
  /** In the index of hosts; see `findHostBucket`. */
  bucket: number;
  is_primary: Generated<boolean>;
  token: string;
  status: Generated<'pending' | 'active' | 'failed'>;
  status_detail: string | null;
  /** When ownership was proven. */
  verified_at: Date | null;
  failing_since: Date | null;
  checked_at: Date | null;
  next_check_at: Generated<Date>;
  created_at: CreatedAt;
};
