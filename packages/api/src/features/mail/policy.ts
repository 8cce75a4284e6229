import type { Budget } from '../../core/limits/budgets.ts';
import { canonicalizeMailbox } from '../../core/text/mailbox-providers.ts';
import type { Mail } from './schema.ts';

/** Mails that protect the owner of a proven address. A stranger who spends the budget must not keep them away. */
const RESERVED_TEMPLATES: ReadonlySet<Mail['template']> = new Set([
  'reset-password',
  'login-link',
  'password-changed',
  'email-change-requested',
  'email-changed',
  'username-changed',
  'sign-in-method-changed',
  'totp-added',
  'totp-removed',
  'recovery-codes-replaced',
  'recovery-code-used',
  'account-suspended',
  'sessions-ended',
  'made-administrator',
  'impersonated',
  'key-created',
  'key-rotated',
  'key-revoked',
  'key-used-elsewhere',
]);

/** Mails that prove an address. A stranger can spend a mailbox's budget by its aliases, before its owner signs up. */
const PROVING_TEMPLATES: ReadonlySet<Mail['template']> = new Set([
  'verify-email',
  'reset-password',
  'account-invitation',
]);

/** A reset link works for an hour, so with one mail an hour the owner always has a way in. */
export const RESERVE: Budget = { points: 1, seconds: 3_600 };

const isPlainAddress = (address: string): boolean => canonicalizeMailbox(address) === address.toLowerCase();

export const hasReserve = ({ template, to, proven }: Mail): boolean =>
  (proven === true && RESERVED_TEMPLATES.has(template)) ||
  (PROVING_TEMPLATES.has(template) && isPlainAddress(to));
