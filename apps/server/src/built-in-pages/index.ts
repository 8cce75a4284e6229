import { createVerifyEmailPage, undoEmailChangePage } from './email-address.ts';
import { homePage } from './home.ts';
import { invitationPage } from './invitation.ts';
import type { BuiltInPage } from './page.ts';
import { forgotPasswordPage, resetPasswordPage } from './password.ts';
import { registerPage } from './register.ts';
import { loginLinkPage, loginPage, reportSignInPage } from './sign-in.ts';
import { unsubscribePage } from './unsubscribe.ts';

export const builtInPagesByPath: Record<string, BuiltInPage> = {
  '/': homePage,
  '/register': registerPage,
  '/verify-email': createVerifyEmailPage({
    title: 'Verify your email address',
    request: 'An account was created with this email address',
    question: 'Did you create this account?',
    declined: 'The account has been deleted, and its sessions are ended.',
  }),
  '/confirm-email': createVerifyEmailPage({
    title: 'Verify your new email address',
    request: 'Someone asked to use this email address for their account',
    question: 'Was it you?',
    declined: 'The change has been cancelled.',
  }),
  '/forgot-password': forgotPasswordPage,
  '/reset-password': resetPasswordPage,
  '/undo-email-change': undoEmailChangePage,
  '/report-sign-in': reportSignInPage,
  '/login-link': loginLinkPage,
  '/unsubscribe': unsubscribePage,
  '/invitation': invitationPage,
  '/login': loginPage,
};
