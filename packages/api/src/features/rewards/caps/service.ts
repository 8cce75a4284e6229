import type { TrxCtx } from '../../../core/context.ts';
import * as queries from './queries.ts';

export type { Cap } from './queries.ts';

/** Returns false if the cap is reached. Of parallel calls exactly as many succeed as the cap allows, under all campaigns together. */
export async function takeCapSlot(
  { db }: TrxCtx,
  { userId, id: rewardId, limit }: { userId: string; id: string; limit: queries.Cap | null },
): Promise<boolean> {
  const found = limit && (await queries.findWindow(db, userId, limit));
  if (limit && found?.granted != null && found.granted >= limit.cap) return false;
  await queries.lockCaps(db, userId, found?.granted === null ? 'exclusive' : 'shared');
  if (limit && found?.granted === null) {
    await queries.insertWindow(db, { userId, rewardId, period: found.period, limit });
  }
  const open = await queries.lockOpenWindows(db, userId, null);
  const own = open.find(({ period }) => period === found?.period);
  if (limit && own && own.granted >= limit.cap) return false;
  if (open.length > 0) await queries.addToWindows(db, userId, limit);
  return true;
}

/** A slot that was taken at the time of the reward, in every period that counted it. */
export async function returnCapSlot(
  { db }: TrxCtx,
  { userId, createdAt }: { userId: string; createdAt: Date },
): Promise<void> {
  await queries.lockCaps(db, userId, 'shared');
  const open = await queries.lockOpenWindows(db, userId, createdAt);
  if (open.length > 0) await queries.subtractFromWindows(db, userId, createdAt);
}
