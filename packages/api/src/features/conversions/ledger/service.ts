import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { MemberCtx, TrxCtx } from '../../../core/context.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { AppError } from '../../../core/errors.ts';
import { paginate } from '../../../core/http/pagination.ts';
import { getReferrer, lockReferrer } from '../../campaigns/referrers/service.ts';
import * as queries from './queries.ts';
import {
  CREDITS,
  type Entry,
  type listEntriesInput,
  type SpentCredits,
  type spendCreditsInput,
} from './schema.ts';

type NewEntry = Pick<queries.LedgerEntry, 'campaignId' | 'recipientId' | 'unit' | 'amount' | 'kind'> &
  Partial<Pick<queries.LedgerEntry, 'rewardId' | 'reversesId' | 'externalId'>>;

/** Entry and balance change together. Returns false, having changed nothing, if the balance is too low. */
export async function writeEntry({ db }: TrxCtx, entry: NewEntry): Promise<boolean> {
  const row = { rewardId: null, reversesId: null, externalId: null, ...entry, id: generateId() };
  if (row.amount > 0) await queries.addToBalance(db, row);
  else if (!(await queries.takeFromBalance(db, row))) return false;
  await queries.insertEntry(db, row);
  return true;
}

type GrantedAccount = { id: string; campaignId: string; recipientId: string; unit: string };

/** Takes back what was granted, and what was fulfilled before it. Needs the lock on the reward. */
export async function reverseEntries(ctx: TrxCtx, reward: GrantedAccount): Promise<boolean> {
  const { id: rewardId, ...account } = reward;
  for (const { id: reversesId, amount } of await queries.listEntriesOfReward(ctx.db, rewardId)) {
    const entry = { ...account, rewardId, reversesId, amount: -amount, kind: 'reversal' as const };
    if (!(await writeEntry(ctx, entry))) return false;
  }
  return true;
}

export async function listEntries(
  ctx: MemberCtx,
  input: z.infer<typeof listEntriesInput>,
): Promise<Paginated<Entry>> {
  const { id: recipientId } = await getReferrer(ctx, input);
  return paginate(
    input,
    (before, limit) => queries.listEntryRows(ctx.db, { recipientId, before, limit }),
    ({ createdAt, ...row }) => ({ ...row, createdAt: createdAt.toISOString() }),
  );
}

/** Once per `externalId`. Throws `INSUFFICIENT_CREDITS`, and `CONFLICT` if it spent another amount. */
export async function spendReferrerCredits(
  ctx: MemberCtx,
  input: z.infer<typeof spendCreditsInput>,
): Promise<SpentCredits> {
  const { id: campaignId, referrerId: recipientId, externalId, amount } = input;
  return withTransaction(ctx, async (trx) => {
    await lockReferrer(trx, input);
    const earlier = await queries.findRedemption(trx.db, recipientId, externalId);
    if (earlier && earlier.amount !== -amount)
      throw new AppError('CONFLICT', `${externalId} already spent ${-earlier.amount} credits`);
    const account = { campaignId, recipientId, unit: CREDITS };
    if (!earlier) {
      const entry = { ...account, amount: -amount, kind: 'redemption' as const, externalId };
      if (!(await writeEntry(trx, entry)))
        throw new AppError('INSUFFICIENT_CREDITS', `The referrer has fewer than ${amount} credits`);
    }
    const spent = earlier ?? (await queries.findRedemption(trx.db, recipientId, externalId));
    if (!spent) throw new Error('The entry was not stored');
    return { id: spent.id, externalId, amount, createdAt: spent.createdAt.toISOString() };
  });
}
