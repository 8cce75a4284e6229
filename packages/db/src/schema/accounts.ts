import type { ColumnType, Generated } from 'kysely';
import type { CreatedAt } from './columns.ts';

export type UsersTable = {
  id: string;
  username: string | null;
  email: string | null;
  email_canonical: string | null;
  password_hash: string | null;
  display_name: string | null;
  avatar_url: string | null;
  referral_code: string;
  referred_by: ColumnType<string | null, string | null, never>;
  role: Generated<'user' | 'admin'>;
  email_verified_at: Date | null;
  created_at: CreatedAt;
  username_changed_at: Date | null;
  suspended_at: Date | null;
  deleted_at: Date | null;
  premium_until: Date | null;
  /** Whether the end of the premium time is still to be mailed. */
  premium_notice: Generated<boolean>;
  leaderboard: Generated<boolean>;
  referral_mail: Generated<boolean>;
  sign_up_country: string | null;
  /** Set if the person who verified the address may not be the one who had used the account until then. */
  unproven_until: Date | null;
};

export type UsedSignInFlowsTable = { id: string; used_at: Generated<Date> };

export type PreviousEmailsTable = { user_id: string; email_hmac: Buffer; created_at: CreatedAt };

export type UserDevicesTable = { device_hash: Buffer; user_id: string; last_seen_at: Generated<Date> };

export type SessionsTable = {
  id: string;
  user_id: string;
  user_agent: string | null;
  ip: string | null;
  created_at: CreatedAt;
  last_used_at: Generated<Date>;
  expires_at: Date;
  ended_at: Date | null;
  network_hash: Buffer | null;
  authenticated_at: ColumnType<Date | null, never, Date>;
  amr: Generated<string[]>;
  name: string | null;
  device_hash: Buffer | null;
};

export type SignInOriginsTable = {
  user_id: string;
  browser_hash: Buffer;
  network_hash: Buffer;
  /** Such as `Firefox on Linux`. */
  browser: string | null;
  first_seen_at: CreatedAt;
  last_seen_at: Generated<Date>;
};

export type UserIdentitiesTable = {
  id: string;
  user_id: string;
  provider: string;
  issuer: string;
  subject: string;
  email: string | null;
  created_at: CreatedAt;
  last_used_at: Date | null;
};

export type RefreshTokensTable = {
  token_hash: Buffer;
  session_id: string;
  created_at: CreatedAt;
  rotated_at: Date | null;
};

export type EmailTokenPurpose =
  | 'verify_email'
  | 'reset_password'
  | 'change_email'
  | 'undo_email_change'
  | 'sign_in'
  | 'account_invitation'
  | 'report_sign_in';

export type EmailTokensTable = {
  id: string;
  user_id: string;
  purpose: EmailTokenPurpose;
  email: string;
  token_hash: Buffer;
  created_at: CreatedAt;
  expires_at: Date;
  used_at: Date | null;
  session_id: string | null;
};

export type EmailTombstonesTable = {
  email_hmac: Buffer;
  created_at: CreatedAt;
};

export type DeviceTombstonesTable = { device_hash: Buffer; created_at: CreatedAt };

export type SignInThrottlesTable = {
  name_hash: Buffer;
  attempts: number;
  strikes: Generated<number>;
  window_ends_at: Date;
  blocked_until: Date | null;
  account_hash: Buffer | null;
};

export type SecurityEventsTable = {
  id: string;
  type: string;
  user_id: string | null;
  actor_id: string | null;
  session_id: string | null;
  request_id: string | null;
  ip: string | null;
  user_agent: string | null;
  details: ColumnType<Record<string, unknown> | null, string | null, string | null>;
  created_at: CreatedAt;
  /** An administrator of the platform did it. */
  audited: Generated<boolean>;
};

export type ImpersonationsTable = {
  id: string;
  user_id: string;
  actor_id: string;
  created_at: CreatedAt;
  expires_at: Date;
  ended_at: Date | null;
};
