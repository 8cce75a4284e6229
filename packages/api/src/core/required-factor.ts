import type { Config } from './config/config.ts';
import { AppError } from './errors.ts';

/** What a session without a second factor may call where one is required: all that setting one up needs. */
export const OPEN_WITHOUT_FACTOR: ReadonlySet<string> = new Set([
  'account.me',
  'account.reauthenticate',
  'auth.resendVerification',
  'passkeys.list',
  'passkeys.register',
  'passkeys.registrationOptions',
  'secondFactor.confirmTotp',
  'secondFactor.setUpTotp',
  'sessions.end',
  'sessions.endOthers',
  'sessions.list',
]);

export const isFactorRequired = (
  { userRequiresMfa, adminRequiresMfa }: Config,
  role: 'user' | 'admin',
): boolean => userRequiresMfa || (role === 'admin' && adminRequiresMfa);

export const createFactorSetupRequiredError = (): AppError =>
  new AppError(
    'MFA_SETUP_REQUIRED',
    'A second factor is required here. Add an authenticator app, or sign in with a passkey.',
  );
