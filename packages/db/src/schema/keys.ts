import type { ColumnType, Generated } from 'kysely';
import type { CreatedAt } from './columns.ts';

type Networks = ColumnType<string[], never, never>;

export type ApiKeysTable = {
  id: string;
  workspace_id: string;
  created_by: string;
  name: string;
  /** The first characters, by which people recognise it. */
  start: string;
  hash: Buffer;
  scopes: string[];
  /** Everywhere, if empty. */
  allowed_networks: Networks;
  /** Where it was used from, as far as known. */
  countries: Generated<string[]>;
  created_at: CreatedAt;
  expires_at: Date | null;
  last_used_at: Date | null;
  /** Set when a rotation has replaced it. */
  ends_at: Date | null;
  revoked_at: Date | null;
};
