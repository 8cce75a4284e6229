import {
  type App,
  findVerification,
  isEmailTokenValid,
  isPasswordTokenValid,
  type Origin,
} from '@linkgrove/api';

/** Looks a token up without using it. Null if it is not valid. */
export type FindMailedLink = (token: string) => Promise<Origin | null>;

/** Returns lookups of links by the path of the page that the link leads to. */
export function createMailedLinks(app: App): Record<string, FindMailedLink> {
  const findOrigin: FindMailedLink = async (token) => {
    const found = await findVerification(app, token);
    return found ? { at: found.requestedAt, country: found.country } : null;
  };
  return {
    '/verify-email': findOrigin,
    '/confirm-email': findOrigin,
    '/login-link': async (token) => ((await isEmailTokenValid(app, 'sign_in', token)) ? {} : null),
    '/reset-password': async (token) => ((await isPasswordTokenValid(app, token)) ? {} : null),
    '/report-sign-in': async (token) => ((await isEmailTokenValid(app, 'report_sign_in', token)) ? {} : null),
    '/undo-email-change': async (token) =>
      (await isEmailTokenValid(app, 'undo_email_change', token)) ? {} : null,
    '/unsubscribe': async (token) => (app.unsubscribeSigner.verify(token) === null ? null : {}),
  };
}
