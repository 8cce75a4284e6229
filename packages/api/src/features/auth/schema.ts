import { z } from 'zod';
import {
  email,
  givenPassword,
  line,
  mailedToken,
  newPassword,
  nothing,
  username,
} from '../../core/validation.ts';
import { defineTopic } from '../outbox/schema.ts';
import { user } from './user/schema.ts';

export const registerInput = z.strictObject({
  email,
  username,
  password: newPassword,
  referralCode: line(1, 64).optional(),
});

export const loginInput = z.strictObject({
  identifier: line(1, 254).describe('Email address or username'),
  password: givenPassword,
});

/** What a client gets when it is signed in; the refresh token travels in its cookie only. */
export const signedIn = z
  .object({
    user,
    accessToken: z.string(),
    tokenType: z.literal('Bearer'),
    expiresIn: z.number().int().describe('Seconds until the access token expires'),
  })
  .meta({ id: 'SignedIn' });

export const verifyEmailInput = z.strictObject({ token: mailedToken });
export const forgotPasswordInput = z.strictObject({ email });
export const resetPasswordInput = z.strictObject({ token: mailedToken, password: newPassword });
export const noInput = nothing.optional();
export const accepted = z.object({ accepted: z.literal(true) });

/** Someone asked to reset the password of an address; whether we know it is found out by the worker. */
export const passwordResetRequestedTopic = defineTopic(
  'auth.password-reset-requested',
  z.object({
    email: z.string(),
    origin: z.object({ requestId: z.string(), ip: z.string(), userAgent: z.string().nullable() }),
  }),
);
