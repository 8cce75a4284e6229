import { setTimeout as sleep } from 'node:timers/promises';
import { withTransaction } from '@linkgrove/db';
import type { AppCtx, AppTrxCtx, DbCtx, IdempotentCall, KeptAnswer } from '../../core/context.ts';
import { encryptText, decryptText } from '../../core/crypto/encryption.ts';
import { AppError, createValidationError } from '../../core/errors.ts';
import { toKeyCaller, toUserCaller } from '../../core/principal.ts';
import { toCanonicalJson } from '../../core/text/json.ts';
import {
  DELETION_BATCH,
  IDEMPOTENCY_KEY_PATTERN,
  IN_PROGRESS_PAUSES_MS,
  RETRY_AFTER_SECONDS,
} from './policy.ts';
import * as queries from './queries.ts';

type Claim = queries.ClaimedKey & { requestHash: Buffer; encryptionKey: Buffer };

function requireValidKey(key: string): void {
  if (IDEMPOTENCY_KEY_PATTERN.test(key)) return;
  throw createValidationError({
    path: 'Idempotency-Key',
    message: 'Use 1–255 visible ASCII characters',
    code: 'invalid_key',
  });
}

/** Everything is derived with the caller's key, so that only its holder can compare requests and read the answer. */
function createClaim(ctx: AppCtx, { caller, key, procedure, input }: IdempotentCall): Claim {
  requireValidKey(key);
  const name = `${caller}\n${key}`;
  const request = `${name}\n${procedure}\n${toCanonicalJson(input)}`;
  return {
    caller,
    keyHash: ctx.keyedHash('idempotencyKey', name),
    requestHash: ctx.keyedHash('idempotentRequest', request),
    encryptionKey: ctx.keyedHash('idempotentAnswer', name),
  };
}

function readAnswer(claim: Claim, { requestHash, answer }: queries.AnswerRow): KeptAnswer {
  if (!claim.requestHash.equals(requestHash)) {
    const detail = 'This Idempotency-Key was already used for another request. Use a new key.';
    throw new AppError('IDEMPOTENCY_MISMATCH', detail);
  }
  const kept: KeptAnswer = JSON.parse(decryptText(claim.encryptionKey, answer));
  return kept;
}

type Act = (ctx: AppTrxCtx) => Promise<KeptAnswer>;

/** Undefined if another transaction is using the key. */
async function answerUnlessInUse(ctx: AppTrxCtx, claim: Claim, act: Act): Promise<KeptAnswer | undefined> {
  const isLocked = await queries.tryLockKey(ctx.db, claim);
  const stored = await queries.findAnswerRow(ctx.db, claim);
  if (stored) return readAnswer(claim, stored);
  if (!isLocked) return undefined;
  const answer = await act(ctx);
  const encrypted = encryptText(claim.encryptionKey, JSON.stringify(answer));
  await queries.insertAnswerRow(ctx.db, { ...claim, answer: encrypted });
  return answer;
}

/**
 * Runs `act` in a transaction that also stores its answer, or returns the answer stored before. A failure stores
 * nothing. Throws `VALIDATION_FAILED`, `IDEMPOTENCY_MISMATCH` and `IDEMPOTENCY_IN_PROGRESS`.
 */
export async function answerOnce(ctx: AppCtx, call: IdempotentCall, act: Act): Promise<KeptAnswer> {
  const claim = createClaim(ctx, call);
  for (const pause of [...IN_PROGRESS_PAUSES_MS, null]) {
    const answer = await withTransaction(ctx, (trx) => answerUnlessInUse(trx, claim, act));
    if (answer) return answer;
    if (pause !== null) await sleep(pause);
  }
  throw new AppError(
    'IDEMPOTENCY_IN_PROGRESS',
    'A request with this Idempotency-Key is still running. Repeat it in a moment.',
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
  );
}

/** Scheduled job. */
export async function deleteExpiredAnswers(ctx: DbCtx): Promise<void> {
  while ((await queries.deleteExpiredAnswerRows(ctx.db, DELETION_BATCH)) === DELETION_BATCH);
}

/** Those of the user's API keys too, so before the keys go. */
export async function deleteAnswersOfUser(ctx: DbCtx, userId: string): Promise<void> {
  const keyIds = await queries.listKeyIdsOfUser(ctx.db, userId);
  await queries.deleteAnswersByCallers(ctx.db, [toUserCaller(userId), ...keyIds.map(toKeyCaller)]);
}

export const deleteAnswersOfKey = (ctx: DbCtx, keyId: string): Promise<void> =>
  queries.deleteAnswersByCallers(ctx.db, [toKeyCaller(keyId)]);
