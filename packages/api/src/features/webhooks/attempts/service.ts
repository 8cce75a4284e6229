import { withTransaction } from '@linkgrove/db';
import { listRolesAllowed } from '../../../core/access.ts';
import type { AppCtx, AppTrxCtx } from '../../../core/context.ts';
import { signWebhook } from '../../../core/crypto/webhook-signatures.ts';
import { checkDestination } from '../../../core/egress/judge.ts';
import { type Answer, sendToDestination } from '../../../core/egress/post.ts';
import { readHost } from '../../../core/text/urls.ts';
import { enqueueBulkMail } from '../../mail/service.ts';
import type { DeliveryAttempt } from '../deliveries/schema.ts';
import {
  ATTEMPT_TIMEOUT_MS,
  computeRetryDelay,
  isDelivered,
  isGone,
  readRetryAfter,
  RESPONSE_LOG_BYTES,
} from '../policy.ts';
import { releaseLines } from '../queries.ts';
import * as queries from './queries.ts';

const USER_AGENT = 'Linkgrove-Webhooks/1.0';

/** `answer` is missing if none came. */
type Outcome = { attempt: DeliveryAttempt; answer: Answer | undefined };

function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return 'Unknown error';
  if (error.name === 'AbortError' || error.name === 'TimeoutError')
    return `No answer within ${ATTEMPT_TIMEOUT_MS / 1_000} seconds`;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message.slice(0, 200);
}

function buildHeaders(ctx: AppCtx, delivery: queries.BegunAttempt, body: Buffer): Record<string, string> {
  const secrets = [delivery.secret, delivery.previousSecret].flatMap((sealed) =>
    sealed ? [ctx.secretBox.open('webhookSecret', delivery.endpointId, sealed)] : [],
  );
  const message = { id: delivery.eventId, at: Math.floor(Date.now() / 1_000), body };
  const signed = signWebhook(message, secrets);
  return { ...signed, 'content-type': 'application/json', 'user-agent': USER_AGENT };
}

/** Throws if there is no answer in time. */
async function postEvent(ctx: AppCtx, delivery: queries.BegunAttempt): Promise<Answer | { refusal: string }> {
  const signal = AbortSignal.timeout(ATTEMPT_TIMEOUT_MS);
  const destination = await checkDestination(ctx, delivery.url);
  if ('refusal' in destination) return destination;
  const body = Buffer.from(delivery.body);
  const headers = buildHeaders(ctx, delivery, body);
  const bodyBytes = delivery.logResponses ? RESPONSE_LOG_BYTES : 0;
  return sendToDestination(destination, { body, headers, bodyBytes, signal });
}

const describeStatus = (status: number): string | null => (isDelivered(status) ? null : `HTTP ${status}`);

async function makeAttempt(ctx: AppCtx, delivery: queries.BegunAttempt): Promise<Outcome> {
  const started = performance.now();
  const at = new Date().toISOString();
  const toAttempt = (status: number | null, error: string | null) => ({
    at,
    status,
    durationMs: Math.round(performance.now() - started),
    error,
  });
  try {
    const answer = await postEvent(ctx, delivery);
    if ('refusal' in answer)
      return { attempt: toAttempt(null, `Refused: ${answer.refusal}`), answer: undefined };
    const attempt = toAttempt(answer.status, describeStatus(answer.status));
    // PostgreSQL stores no NUL.
    const response = answer.body.replaceAll('\0', '\ufffd');
    return { attempt: delivery.logResponses ? { ...attempt, response } : attempt, answer };
  } catch (error) {
    return { attempt: toAttempt(null, describeFailure(error)), answer: undefined };
  }
}

function decideResult(delivery: queries.BegunAttempt, answer: Answer | undefined, pause: number | null) {
  if (answer && isDelivered(answer.status)) return { status: 'delivered' as const };
  const delay = computeRetryDelay(delivery.tries + 1, Math.random());
  if (delay === null || (answer && isGone(answer.status))) return { status: 'failed' as const };
  return { status: 'pending' as const, delaySeconds: Math.max(delay, pause ?? 0) };
}

/** Does nothing if the delivery is done, or its endpoint disabled or deleted. */
export async function tryDelivery(
  ctx: AppCtx,
  claimed: { deliveryId: string; claim: string },
): Promise<void> {
  const delivery = await queries.beginAttempt(ctx.db, claimed);
  if (!delivery) return queries.releaseClaim(ctx.db, claimed);
  const outcome = await makeAttempt(ctx, delivery);
  await withTransaction(ctx, (trx) => recordOutcome(trx, delivery, outcome));
  const isDone = outcome.answer !== undefined && isDelivered(outcome.answer.status);
  ctx.metrics.webhookAttempts.inc({ outcome: isDone ? 'delivered' : 'failed' });
  ctx.metrics.webhookAttemptSeconds.observe(outcome.attempt.durationMs / 1_000);
}

async function recordOutcome(
  ctx: AppTrxCtx,
  delivery: queries.BegunAttempt,
  { attempt, answer }: Outcome,
): Promise<void> {
  const { id, endpointId, objectId } = delivery;
  if (!(await queries.lockAttemptedEndpoint(ctx.db, endpointId))) return;
  const pause = answer ? readRetryAfter(answer.status, answer.retryAfter, Date.now()) : null;
  const result = decideResult(delivery, answer, pause);
  await queries.recordAttemptRow(ctx.db, id, { attempt, result });
  await releaseLines(ctx.db, endpointId, objectId);
  if (result.status === 'delivered') return queries.markEndpointWorking(ctx.db, endpointId);
  await noteFailure(ctx, delivery, { pause, gone: answer !== undefined && isGone(answer.status) });
}

async function noteFailure(
  ctx: AppTrxCtx,
  { endpointId, url }: queries.BegunAttempt,
  { pause, gone }: { pause: number | null; gone: boolean },
): Promise<void> {
  const state = await queries.markEndpointFailing(ctx.db, endpointId, pause);
  if (!state) return;
  const { workspaceId } = state;
  if (gone || state.isLost) {
    const reason = gone ? 'gone' : 'failing';
    if (!(await queries.disableEndpoint(ctx.db, endpointId, reason))) return;
    return mailAdmins(ctx, workspaceId, { template: 'webhook-disabled', host: readHost(url), reason });
  }
  if (!state.needsWarning) return;
  await queries.markEndpointWarned(ctx.db, endpointId);
  await mailAdmins(ctx, workspaceId, { template: 'webhook-failing', host: readHost(url) });
}

type WebhookNews =
  | { template: 'webhook-failing'; host: string }
  | { template: 'webhook-disabled'; host: string; reason: 'gone' | 'failing' };

async function mailAdmins(ctx: AppTrxCtx, workspaceId: string, news: WebhookNews): Promise<void> {
  const roles = listRolesAllowed('webhooks:write');
  for (const { userId, email, username } of await queries.listWebhookAdmins(ctx.db, workspaceId, roles))
    await enqueueBulkMail(ctx, { ...news, to: email, username, userId });
}
