import type { AppCtx } from '../../../core/context.ts';
import { identifyPepper, type Peppers, recordPepper } from '../../../core/crypto/pepper.ts';
import { resealTotpSecrets } from '../../auth/second-factor/service.ts';
import { resealWebhookSecrets } from '../../webhooks/service.ts';
import { countPasswordHashes } from './queries.ts';

type RotationCtx = Pick<AppCtx, 'db' | 'secretBox'>;

/** `waiting` have the hash of an older pepper, which their next sign-in replaces. */
export async function countWaitingHashes(
  { db }: Pick<AppCtx, 'db'>,
  peppers: Peppers,
): Promise<{ waiting: number; all: number }> {
  const [current, ...older] = peppers;
  return countPasswordHashes(db, { name: identifyPepper(current), isUnnamedOld: older.length > 0 });
}

/** Seals every secret with the first pepper, after which the older ones may go. Safe to run again. */
export async function finishPepperRotation(ctx: RotationCtx, peppers: Peppers): Promise<number> {
  const resealed = (await resealTotpSecrets(ctx)) + (await resealWebhookSecrets(ctx));
  await recordPepper(ctx.db, peppers);
  return resealed;
}
