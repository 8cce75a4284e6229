import type { TrxCtx } from '../../../core/context.ts';
import * as queries from './queries.ts';

export { lockPersonRow, markCustomer, type Person } from './queries.ts';

/** Of parallel calls one inserts; the others wait for its lock. */
export async function lockOrCreatePerson(
  { db }: TrxCtx,
  named: { workspaceId: string; externalId: string },
): Promise<queries.Person> {
  const known = await queries.lockPersonRow(db, named);
  if (known) return known;
  await queries.insertPerson(db, named);
  const person = await queries.lockPersonRow(db, named);
  if (!person) throw new Error('The person was deleted at the same time');
  return person;
}
