import type { z } from 'zod';
import type { Ctx } from '../../../core/context.ts';
import { ACCESS_TOKEN_SECONDS } from '../../../core/crypto/jwt.ts';
import type { User } from '../../users/schema.ts';
import { getUser } from '../../users/service.ts';
import type { signedInOutput } from '../schema.ts';
import type { SessionTokens } from '../session/service.ts';

/** Sets the cookies of a session, and returns what every sign-in answers. */
export async function answerSignIn(
  ctx: Ctx,
  tokens: SessionTokens,
  known?: User,
): Promise<z.infer<typeof signedInOutput>> {
  ctx.setSessionCookies(tokens);
  return {
    user: known ?? (await getUser(ctx, tokens.userId)),
    accessToken: tokens.accessToken,
    tokenType: 'Bearer',
    expiresIn: ACCESS_TOKEN_SECONDS,
  };
}
