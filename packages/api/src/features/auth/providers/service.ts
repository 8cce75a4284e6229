import type { z } from 'zod';
import type { Ctx, SessionCtx } from '../../../core/context.ts';
import { generateToken } from '../../../core/crypto/crypto.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { AppError, createValidationError } from '../../../core/errors.ts';
import type { SignInProvider } from '../../../core/sign-in-providers/providers.ts';
import { resolveRedirect } from '../../../core/text/redirects.ts';
import { endReplacedSession, type SessionTokens } from '../session/service.ts';
import { keepInBrowser, readFromBrowser, takeFlow } from './flow/service.ts';
import { connectIdentity } from './linking/service.ts';
import { FLOW_MINUTES } from './policy.ts';
import {
  type linkIdentityInput,
  type ProviderIdentity,
  type SignInFlow,
  signInFlow,
  type startSignInInput,
} from './schema.ts';
import { signInWithIdentity } from './sign-in/service.ts';

const PURPOSE = 'sign in with provider';

export const listProviders = (ctx: Pick<Ctx, 'signInProviders'>) => ({
  items: ctx.signInProviders.list().map(({ id, name }) => ({ id, name })),
});

function requireProvider(ctx: Ctx, id: string): SignInProvider {
  const provider = ctx.signInProviders.find(id);
  if (!provider) throw new AppError('NOT_FOUND', 'Unknown provider');
  return provider;
}

function requireRedirect({ config }: Ctx, text = ''): string {
  const url = resolveRedirect(text, config.appUrl, config.redirectOrigins);
  if (url !== undefined) return url;
  const message = 'Enter a path below APP_URL, or a URL of one of the CORS_ORIGINS';
  throw createValidationError({ path: 'redirect', message, code: 'redirect_refused' });
}

type FlowStart = { redirect: string | undefined } & Pick<SignInFlow, 'referralCode' | 'link'>;

async function beginFlow(ctx: Ctx, providerId: string, { redirect, ...more }: FlowStart): Promise<string> {
  const provider = requireProvider(ctx, providerId);
  const flow: SignInFlow = {
    ...more,
    id: generateId(),
    expiresAt: Date.now() + FLOW_MINUTES * 60_000,
    provider: provider.id,
    secrets: { state: generateToken(), nonce: generateToken(), verifier: generateToken() },
    redirect: requireRedirect(ctx, redirect),
  };
  const url = await provider.buildUrl(flow.secrets);
  keepInBrowser(ctx, PURPOSE, flow);
  return url;
}

/** Returns the URL of the provider. Throws `NOT_FOUND`, `VALIDATION_FAILED` and `UNAVAILABLE`. */
export const startSignIn = (ctx: Ctx, input: z.infer<typeof startSignInInput>): Promise<string> =>
  beginFlow(ctx, input.provider, { redirect: input.redirect, referralCode: input.referralCode });

/** Like `startSignIn`, for an identity that this session's user gets. */
export async function startLinking(
  ctx: SessionCtx,
  { id, redirect }: z.infer<typeof linkIdentityInput>,
): Promise<{ url: string }> {
  const { userId, sessionId } = ctx.principal;
  return { url: await beginFlow(ctx, id, { redirect, link: { userId, sessionId } }) };
}

const createDeadFlowError = () =>
  new AppError(
    'TOKEN_EXPIRED',
    'This sign-in was begun elsewhere, is too old or has been used. Begin again.',
  );

/** The flow that this browser began with this provider, which cannot be used again. Throws `TOKEN_EXPIRED`. */
async function takeOwnFlow(ctx: Ctx, flow: SignInFlow | undefined, provider: string, state: string | null) {
  // A stranger who sends a browser here must not end the flow that it has begun.
  if (!flow || flow.provider !== provider || flow.secrets.state !== state) throw createDeadFlowError();
  ctx.signInCookie.clear();
  if (!(await takeFlow(ctx, flow.id))) throw createDeadFlowError();
  return flow;
}

async function completeFlow(
  ctx: Ctx,
  provider: SignInProvider,
  flow: SignInFlow,
  answer: URLSearchParams,
): Promise<void> {
  const { names, ...claims } = await provider.redeem(answer, flow.secrets);
  const identity: ProviderIdentity = { ...claims, provider: provider.id };
  if (flow.link) return connectIdentity(ctx, flow.link, { identity, providerName: provider.name });
  await setSession(ctx, await signInWithIdentity(ctx, { identity, names, referralCode: flow.referralCode }));
}

/** As a sign-in with a password does. */
async function setSession(ctx: Ctx, tokens: SessionTokens): Promise<void> {
  await endReplacedSession(ctx);
  ctx.setSessionCookies(tokens);
}

/** The token for the second factor goes into the fragment, which no server and no log sees. */
function addError(redirect: string, { code, mfaToken, methods = [] }: AppError): string {
  const url = new URL(redirect);
  url.searchParams.set('error', code);
  if (mfaToken !== undefined)
    url.hash = new URLSearchParams({ mfaToken, methods: methods.join(',') }).toString();
  return url.href;
}

/**
 * Handles the provider's answer and returns where the browser goes next, with the session's cookies or `error`. Throws
 * `NOT_FOUND` for an unknown provider.
 */
export async function finishSignIn(
  ctx: Ctx,
  { provider: id, answer }: { provider: string; answer: URLSearchParams },
): Promise<string> {
  const provider = requireProvider(ctx, id);
  const kept = readFromBrowser(ctx, PURPOSE, signInFlow);
  try {
    const flow = await takeOwnFlow(ctx, kept, id, answer.get('state'));
    await completeFlow(ctx, provider, flow, answer);
    return flow.redirect;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return addError(kept?.redirect ?? `${ctx.config.appUrl}/`, error);
  }
}
