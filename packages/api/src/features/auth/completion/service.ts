import type { z } from 'zod';
import type { Ctx } from '../../../core/context.ts';
import { ACCESS_TOKEN_SECONDS } from '../../../core/crypto/jwt.ts';
import type { User } from '../../users/schema.ts';
import { getUser } from '../../users/service.ts';
import type { signedInOutput } from '../schema.ts';
import { endReplacedSession, type SessionTokens } from '../session/service.ts';

type SignedIn = z.infer<typeof signedInOutput>;

/** Sets the cookies of a session that began or goes on. */
export async function answerSession(ctx: Ctx, tokens: SessionTokens, known?: User): Promise<SignedIn> {
  ctx.setSessionCookies(tokens);
  return {
    user: known ?? (await getUser(ctx, tokens.userId)),
    accessToken: tokens.accessToken,
    tokenType: 'Bearer',
    expiresIn: ACCESS_TOKEN_SECONDS,
  };
}

/** The session of the request's cookies ends, so that nobody can plant one. */
export async function answerSignIn(ctx: Ctx, tokens: SessionTokens, known?: User): Promise<SignedIn> {
  await endReplacedSession(ctx);
  return answerSession(ctx, tokens, known);
}
