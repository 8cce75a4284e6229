import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../core/http/pagination.ts';
import { timestamp } from '../../core/text/validation.ts';

export const MAX_USER_AGENT_LENGTH = 512;

export const securityEventType = z
  .enum([
    'signed_up',
    'signed_in',
    'sign_in_failed',
    'sign_in_limited',
    'signed_out',
    'session_ended',
    'refresh_token_reused',
    'email_verified',
    'email_change_requested',
    'email_changed',
    'email_change_undone',
    'email_change_declined',
    'username_changed',
    'password_changed',
    'password_reset_requested',
    'password_reset',
    'identity_linked',
    'identity_removed',
    'account_deleted',
    'totp_added',
    'totp_removed',
    'recovery_codes_replaced',
    'recovery_code_used',
    'second_factor_failed',
    'device_trusted',
    'device_untrusted',
    'passkey_added',
    'passkey_renamed',
    'passkey_removed',
    'workspace_created',
    'workspace_deleted',
    'workspace_restored',
    'member_invited',
    'member_joined',
    'member_left',
    'member_removed',
    'member_role_changed',
    'page_moved',
    'custom_css_allowed',
    'custom_css_withdrawn',
    'key_created',
    'key_changed',
    'key_rotated',
    'key_revoked',
    'key_used_elsewhere',
    'looked_up',
    'suspended',
    'restored',
    'promoted',
    'demoted',
    'campaign_created',
    'campaign_published',
    'campaign_started',
    'campaign_ended',
    'referral_added',
    'referrals_imported',
    'referral_approved',
    'referral_rejected',
    'referral_reversed',
    'referral_restored',
    'reward_reversed',
    'reward_restored',
    'reward_waived',
    'milestones_paid',
    'credits_adjusted',
    'report_resolved',
    'page_taken_down',
    'page_appealed',
    'page_restored',
    'appeal_upheld',
    'page_verified',
    'page_unverified',
    'host_blocked',
    'host_unblocked',
  ])
  .meta({ id: 'SecurityEventType' });
export type SecurityEventType = z.infer<typeof securityEventType>;

export const securityEventOutput = z
  .object({
    id: z.uuid(),
    type: securityEventType,
    at: timestamp,
    ip: z.string().nullable().describe('Null if an administrator caused it'),
    userAgent: z.string().nullable().describe('Null if an administrator caused it'),
    byAdmin: z.boolean().describe('Whether an administrator, of the platform or of a workspace, caused it'),
  })
  .meta({ id: 'SecurityEvent' });
export type SecurityEvent = z.infer<typeof securityEventOutput>;

export const listSecurityEventsInput = z.strictObject(paginationInput).prefault({});
export const securityEventListOutput = createListOutputSchema(securityEventOutput);
