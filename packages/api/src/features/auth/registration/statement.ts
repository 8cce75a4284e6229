import { createStatement, type InsertPart, type SqlPart, sqlPart } from '@linkgrove/db';
import type { RawBuilder } from 'kysely';
import type { ReferralParts } from '../../referrals/sign-up/service.ts';
import type { CodeRefusal } from '../../referrals/sign-up/schema.ts';
import type { SessionParts } from '../session/service.ts';

export type SignUpParts = {
  referral: ReferralParts;
  mailboxOwner: SqlPart;
  user: SqlPart<'verdict' | 'credited' | 'mailbox_owner'>;
  session: SessionParts;
  workspace: InsertPart;
  member: InsertPart;
  handle: SqlPart<'account'>;
  page: InsertPart;
  link: InsertPart;
  code: InsertPart;
  emailToken: InsertPart;
  mail: InsertPart;
  securityEvent: InsertPart;
  userEvent: SqlPart<'account'>;
};

/** The new account. Otherwise a null `id`, and why the code can't be used; without that the mailbox is taken. */
export type SignUpRow =
  | { id: string; createdAt: Date; referrerId: string | null; referredBy: string | null }
  | { id: null; refusal: CodeRefusal | null };

/** If `account` is empty (code refused, mailbox taken), nothing is stored. `sign-up.sql` shows the full statement. */
export const buildSignUpQuery = (parts: SignUpParts): RawBuilder<SignUpRow> =>
  createStatement()
    .withMaterialized('mailbox_owner', parts.mailboxOwner)
    .withMaterialized('invited', parts.referral.invited)
    .with('attribution_used', parts.referral.attributionUsed)
    .withMaterialized('invited_once', parts.referral.invitedOnce)
    .with('use_taken', parts.referral.useTaken)
    .withMaterialized('verdict', parts.referral.verdict)
    .withMaterialized('credited', parts.referral.credited)

    .with('account', parts.user)

    .withMaterialized('judged', parts.referral.judged)
    .withMaterialized('weighed', parts.referral.weighed)
    .with('referral', parts.referral.referral)
    .with('referral_counted', parts.referral.referralCounted)
    .with('network_stored', parts.referral.networkStored)
    .with('referral_event', parts.referral.referralEvent)

    .with('session', parts.session.session)
    .with('refresh_token', parts.session.refreshToken)
    .with('device', parts.session.device)
    .with('origin', parts.session.origin)

    .with('workspace', parts.workspace.from('account'))
    .with('member', parts.member.from('account'))
    .with('handle', parts.handle)
    .with('page', parts.page.from('account'))
    .with('link', parts.link.from('account'))
    .with('code', parts.code.from('account'))
    .with('email_token', parts.emailToken.from('account'))
    .with('mail', parts.mail.from('account'))
    .with('security_event', parts.securityEvent.from('account'))
    .with('user_event', parts.userEvent).toQuery(sqlPart<'account' | 'verdict'>`
    select a.id, a.created_at as "createdAt", a.referred_by as "referrerId", r.username as "referredBy",
      (select refusal from verdict) as refusal
    from (values (1)) one left join account a on true left join users r on r.id = a.referred_by`);
