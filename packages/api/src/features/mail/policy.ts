import type { Budget } from '../../core/limits/budgets.ts';
import type { Mail } from './schema.ts';

/** Mails that protect the owner of a proven address. A stranger who spends the budget must not keep them away. */
const RESERVED_TEMPLATES: ReadonlySet<Mail['template']> = new Set([
  'reset-password',
  'password-changed',
  'email-change-requested',
  'email-changed',
  'username-changed',
]);

/** A reset link works for an hour, so with one mail an hour the owner always has a way in. */
export const RESERVE: Budget = { points: 1, seconds: 3_600 };

export const hasReserve = (mail: Mail): boolean =>
  mail.proven === true && RESERVED_TEMPLATES.has(mail.template);
