import type { TrxCtx } from '../../../core/context.ts';
import * as queries from './queries.ts';

export type { Cap } from './queries.ts';

type Slot = { userId: string; rewardId: string };

/** Returns false if the cap is reached. Of parallel calls exactly as many succeed as the cap allows, under all campaigns together. */
export async function takeCapSlot({ db }: TrxCtx, slot: Slot, limit: queries.Cap | null): Promise<boolean> {
  const { userId } = slot;
  const own = limit && (await prepareWindow({ db }, slot, limit));
  if (own === 'reached') return false;
  if (own === null) await queries.lockCaps(db, userId, 'shared');
  const open = await queries.lockOpenWindows(db, userId, null);
  const granted = open.find(({ period }) => period === own)?.granted ?? 0;
  if (limit && granted >= limit.cap) return false;
  if (open.length > 0) await queries.addToWindows(db, userId, { at: null, limit });
  return true;
}

/** Returns the name of the period under its lock. The lock is left out if the cap is reached anyway. */
async function prepareWindow({ db }: TrxCtx, slot: Slot, limit: queries.Cap): Promise<string> {
  const { period, granted } = await queries.findWindow(db, slot.userId, limit);
  if (granted !== null && granted >= limit.cap) return 'reached';
  await queries.lockCaps(db, slot.userId, granted === null ? 'exclusive' : 'shared');
  if (granted === null) await queries.insertWindow(db, { ...slot, period, limit });
  return period;
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

/** Undoes `returnCapSlot`. The periods make room: an administrator decided to keep the reward after all. */
export async function retakeCapSlot(
  { db }: TrxCtx,
  { userId, createdAt }: { userId: string; createdAt: Date },
): Promise<void> {
  await queries.lockCaps(db, userId, 'shared');
  const open = await queries.lockOpenWindows(db, userId, createdAt);
  if (open.length > 0) await queries.addToWindows(db, userId, { at: createdAt, limit: null });
}
