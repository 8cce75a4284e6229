import type { App } from '@linkgrove/api';
import { computeTotp, getTotpStep } from '@linkgrove/api/testing';
import type { Answer, Client } from './client.ts';
import { PASSWORD, type SignedUp } from './people.ts';

type Server = Client & { app: Pick<App, 'db'> };
export type Enrolled = SignedUp & { secret: string; recoveryCodes: string[] };

/** The code of now, or of `offset` steps later. */
export const codeOf = (secret: string, offset = 0): string =>
  computeTotp(secret, getTotpStep(Date.now()) + offset);

/** Lets a code be used again. */
export const forgetSteps = ({ app }: Pick<Server, 'app'>, { user }: SignedUp) =>
  app.db.updateTable('totp_factors').set({ last_step: 1 }).where('user_id', '=', user.id).execute();

/** Adds an authenticator app to a person whose session is fresh. */
export async function enrol(server: Server, person: SignedUp): Promise<Enrolled> {
  const { secret } = (await server.as(person, 'POST', '/api/me/totp')).body;
  const { body } = await server.as(person, 'POST', '/api/me/totp/confirm', { code: codeOf(secret) });
  await forgetSteps(server, person);
  return { ...person, secret, recoveryCodes: body.recoveryCodes };
}

type SignIn = { proof: object; password?: string; cookie?: string; headers?: Record<string, string> };

/** Signs in with the password and then with what `proof` has. */
export async function signInWithFactor(
  server: Client,
  { username }: SignedUp,
  { proof, password = PASSWORD, ...options }: SignIn,
): Promise<Answer> {
  const { body } = await server.login(username, password, options);
  return server.post('/api/login/mfa', { mfaToken: body.mfaToken, ...proof }, options);
}
