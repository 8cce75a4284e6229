import type { ColumnType } from 'kysely';
import type { CreatedAt } from './columns.ts';

export type TotpFactorsTable = {
  user_id: string;
  /** Encrypted. */
  secret: Buffer;
  created_at: ColumnType<Date, never, Date>;
  confirmed_at: Date | null;
  last_step: number | null;
};

export type RecoveryCodesTable = { user_id: string; code_hash: Buffer; created_at: CreatedAt };

export type TrustedDevicesTable = {
  id: string;
  user_id: string;
  device_hash: Buffer;
  user_agent: string | null;
  created_at: ColumnType<Date, never, Date>;
  expires_at: Date;
};

export type PasskeysTable = {
  id: string;
  user_id: string;
  credential_id: Buffer;
  public_key: Buffer;
  counter: number;
  /** Synced to other devices of its owner. */
  backed_up: boolean;
  transports: string[];
  name: string;
  created_at: CreatedAt;
  last_used_at: Date | null;
};

/** Without a user it is for signing in. */
export type PasskeyChallengesTable = { challenge_hash: Buffer; user_id: string | null; expires_at: Date };
